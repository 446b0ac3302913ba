-- part: shared
-- A link with whoever made it, as they are now.
s.token_hash, s.page, s.participant_id, s.query, s.shared_at, s.until_at, s.opened_at,
       k.key_hash, k.label, k.created_at, k.revoked_at, k.scopes, k.expires_at, k.used_at,
       u.user_id, u.role, u.disabled_at
FROM shared_link s
LEFT JOIN user_account u ON u.org_id = s.org_id AND u.user_id = s.user_id
LEFT JOIN organization_key k ON k.org_id = s.org_id AND k.key_hash = s.key_hash
WHERE s.org_id = :org_id AND s.until_at > :now

-- name: shared_links
-- The links of an organization that lead somewhere still, the latest first.
SELECT {{shared}}
ORDER BY s.shared_at DESC, s.token_hash;

-- name: shared_link
-- One of them.
SELECT {{shared}} AND s.token_hash = :token_hash;

-- name: count_shared_links
-- How many there are.
SELECT COUNT(*) FROM shared_link WHERE org_id = :org_id AND until_at > :now;

-- name: add_shared_link
-- Somebody shared a page.
INSERT INTO shared_link
    (org_id, token_hash, page, participant_id, query, user_id, key_hash, shared_at, until_at)
VALUES (:org_id, :token_hash, :page, :participant_id, :query, :user_id, :key_hash, :shared_at, :until_at);

-- name: end_shared_link
-- A link that leads nowhere from now on.
DELETE FROM shared_link WHERE org_id = :org_id AND token_hash = :token_hash;

-- name: note_link_opened
-- A link was opened, to a day.
UPDATE shared_link SET opened_at = :opened_at WHERE org_id = :org_id AND token_hash = :token_hash;

-- name: shared_link_to_end
-- Whether the time of a link is over.
SELECT token_hash FROM shared_link WHERE org_id = :org_id AND until_at <= :now LIMIT 1;

-- name: end_shared_links_of_before
-- Links whose time is over.
DELETE FROM shared_link WHERE org_id = :org_id AND until_at <= :now;

-- name: remove_shared_links
-- Links to the page of a person who is erased: they would go on naming them.
DELETE FROM shared_link WHERE org_id = :org_id AND participant_id = :uid;
