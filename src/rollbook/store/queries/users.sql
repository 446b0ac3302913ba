-- part: user
user_id, name, email, role, created_at, disabled_at, signed_in_at, invited_until,
       CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END

-- name: users
-- The users of an organization.
SELECT {{user}} FROM user_account WHERE org_id = :org_id ORDER BY created_at, user_id;

-- name: user_invited
-- The user whom a link invites that leads somewhere still.
SELECT {{user}} FROM user_account
WHERE org_id = :org_id AND invited_hash = :invited_hash AND invited_until > :now
  AND disabled_at IS NULL;

-- name: user_of_email
-- The user of an e-mail address, and what their password is checked with.
SELECT {{user}}, password_hash FROM user_account WHERE org_id = :org_id AND email = :email;

-- name: password_of_user
-- What a user's password is checked with.
SELECT password_hash FROM user_account WHERE org_id = :org_id AND user_id = :user_id;

-- name: organizations_of_email
-- Where an e-mail address is that of a user.
SELECT org_id FROM email_owner WHERE email_hash = :email_hash ORDER BY org_id LIMIT :most;

-- name: own_email
-- One more organization in which an e-mail address is that of a user.
INSERT INTO email_owner (email_hash, org_id) VALUES (:email_hash, :org_id)
ON CONFLICT (email_hash, org_id) DO NOTHING;

-- name: disown_email
-- It is that of nobody there any more.
DELETE FROM email_owner WHERE email_hash = :email_hash AND org_id = :org_id;

-- name: add_user
-- Somebody who is invited.
INSERT INTO user_account (org_id, user_id, name, email, role, created_at, invited_hash, invited_until)
VALUES (:org_id, :user_id, :name, :email, :role, :created_at, :invited_hash, :invited_until);

-- name: set_user_role
-- What a user may do from now on.
UPDATE user_account SET role = :role WHERE org_id = :org_id AND user_id = :user_id;

-- name: participants_of_users
-- Who users are in the ledger.
SELECT user_id, participant_id FROM user_participant WHERE org_id = :org_id
ORDER BY user_id, participant_id;

-- name: participants_of_user
-- Who one of them is.
SELECT participant_id FROM user_participant WHERE org_id = :org_id AND user_id = :user_id
ORDER BY participant_id;

-- name: add_participant_of_user
-- A user is this person, too.
INSERT INTO user_participant (org_id, user_id, participant_id)
VALUES (:org_id, :user_id, :participant_id);

-- name: remove_participants_of_user
-- A user is nobody in the ledger.
DELETE FROM user_participant WHERE org_id = :org_id AND user_id = :user_id;

-- name: rooms_taught_by
-- The rooms in which somebody was whom the ledger knows as a teacher, by their latest sessions; none
-- where it knows them as anything else.
SELECT t.room_id,
       (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = t.room_id),
       MAX(t.joined_at)
FROM (
    SELECT s.room_id, s.joined_at FROM session s
    WHERE s.org_id = :org_id AND s.participant_id = :participant_id
      AND s.joined_at IS NOT NULL AND s.voided IS NULL
    ORDER BY s.joined_at DESC, s.session_id DESC
    LIMIT :most) t
WHERE (SELECT {{role}} FROM participant p
       WHERE p.org_id = :org_id AND p.participant_id = :participant_id) = 'TEACHER'
GROUP BY t.room_id
ORDER BY MAX(t.joined_at) DESC, t.room_id
LIMIT :most_rooms;

-- name: set_user_disabled
-- Whether a user may sign in.
UPDATE user_account SET disabled_at = :disabled_at WHERE org_id = :org_id AND user_id = :user_id;

-- name: set_user_invitation
-- Another link, or none: the one before is of no use any more.
UPDATE user_account SET invited_hash = :invited_hash, invited_until = :invited_until
WHERE org_id = :org_id AND user_id = :user_id;

-- name: set_user_password
-- Another password; an invitation is used up with it.
UPDATE user_account
SET password_hash = :password_hash, invited_hash = NULL, invited_until = NULL
WHERE org_id = :org_id AND user_id = :user_id;

-- name: note_user_signed_in
-- When a user signed in last.
UPDATE user_account SET signed_in_at = :signed_in_at WHERE org_id = :org_id AND user_id = :user_id;

-- name: delete_user
-- Somebody who is a user no more.
DELETE FROM user_account WHERE org_id = :org_id AND user_id = :user_id;

-- name: add_sign_in
-- Somebody signed in.
INSERT INTO sign_in
    (org_id, token_hash, user_id, key_hash, since, seen_at, proved_at, ip_address, user_agent)
VALUES (:org_id, :token_hash, :user_id, :key_hash, :since, :since, :proved_at, :ip_address, :user_agent);

-- name: sign_in
-- A sign-in, and the user or the key that it is of.
SELECT s.since, s.seen_at, s.proved_at,
       k.key_hash, k.label, k.created_at, k.revoked_at, k.scopes, k.expires_at, k.used_at,
       u.user_id, u.name, u.email, u.role, u.created_at, u.disabled_at, u.signed_in_at,
       u.invited_until, CASE WHEN u.password_hash IS NULL THEN 0 ELSE 1 END
FROM sign_in s
LEFT JOIN user_account u ON u.org_id = s.org_id AND u.user_id = s.user_id
LEFT JOIN organization_key k ON k.org_id = s.org_id AND k.key_hash = s.key_hash
WHERE s.org_id = :org_id AND s.token_hash = :token_hash;

-- name: sign_ins_of_user
-- Where a user is signed in, the latest first.
SELECT token_hash, since, seen_at, ip_address, user_agent FROM sign_in
WHERE org_id = :org_id AND user_id = :user_id
ORDER BY since DESC, token_hash;

-- name: sign_ins_by_user
-- How many sign-ins of each user there are.
SELECT user_id, COUNT(*) FROM sign_in
WHERE org_id = :org_id AND user_id IS NOT NULL AND since > :after
GROUP BY user_id;

-- name: note_seen
-- Somebody was here again.
UPDATE sign_in SET seen_at = :seen_at WHERE org_id = :org_id AND token_hash = :token_hash;

-- name: note_proved
-- The password or key was asked for, and was right.
UPDATE sign_in SET proved_at = :proved_at WHERE org_id = :org_id AND token_hash = :token_hash;

-- name: end_sign_in
-- Somebody signed out.
DELETE FROM sign_in WHERE org_id = :org_id AND token_hash = :token_hash;

-- name: end_sign_ins_of_user
-- A user is signed out everywhere, but for one sign-in where it is told.
DELETE FROM sign_in WHERE org_id = :org_id AND user_id = :user_id AND token_hash <> :but;

-- name: end_sign_in_of_user
-- A user is signed out in one place.
DELETE FROM sign_in WHERE org_id = :org_id AND user_id = :user_id AND token_hash = :token_hash;

-- name: end_sign_ins_of_key
-- As above, of whoever came with a key.
DELETE FROM sign_in WHERE org_id = :org_id AND key_hash = :key_hash AND token_hash <> :but;

-- name: sign_in_to_end
-- Whether a sign-in is over by its time.
SELECT token_hash FROM sign_in WHERE org_id = :org_id AND since <= :before LIMIT 1;

-- name: end_sign_ins_of_before
-- Sign-ins that are over by their time.
DELETE FROM sign_in WHERE org_id = :org_id AND since <= :before;

-- name: note_key_used
-- A key was used, to a day.
UPDATE organization_key SET used_at = :used_at WHERE org_id = :org_id AND key_hash = :key_hash;
