-- name: identity_provider
-- The provider of an organization.
SELECT issuer, client_id, client_secret, role_claim, role_values FROM identity_provider
WHERE org_id = :org_id;

-- name: set_identity_provider
-- Another provider, or the first one.
INSERT INTO identity_provider (org_id, issuer, client_id, client_secret, role_claim, role_values)
VALUES (:org_id, :issuer, :client_id, :client_secret, :role_claim, :role_values)
ON CONFLICT (org_id) DO UPDATE SET
    issuer = excluded.issuer, client_id = excluded.client_id,
    client_secret = excluded.client_secret,
    role_claim = excluded.role_claim, role_values = excluded.role_values;

-- name: set_secret_of_provider
-- Its secret, sealed anew.
UPDATE identity_provider SET client_secret = :client_secret WHERE org_id = :org_id;

-- name: drop_identity_provider
-- None any more.
DELETE FROM identity_provider WHERE org_id = :org_id;

-- name: user_of_identity
-- Whom a provider knows by an id.
SELECT user_id FROM user_identity
WHERE org_id = :org_id AND issuer = :issuer AND subject = :subject;

-- name: identities_of_user
-- By which ids a provider knows a user: one. Users of an organization are few.
SELECT subject FROM user_identity
WHERE org_id = :org_id AND issuer = :issuer AND user_id = :user_id;

-- name: bind_identity
-- A provider knows a user by this id from now on.
INSERT INTO user_identity (org_id, issuer, subject, user_id)
VALUES (:org_id, :issuer, :subject, :user_id)
ON CONFLICT (org_id, issuer, subject) DO UPDATE SET user_id = excluded.user_id;

-- name: unbind_identities
-- By none: they are a user no more, or were invited anew.
DELETE FROM user_identity WHERE org_id = :org_id AND user_id = :user_id;
