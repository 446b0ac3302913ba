-- name: organization
-- One organization by its id.
SELECT o.org_id, o.name, o.time_zone, o.credit_rounding, o.credit_minimum_seconds,
       EXISTS (SELECT 1 FROM source s WHERE s.org_id = o.org_id) AS has_source
FROM organization o
WHERE o.org_id = :org_id;

-- name: organization_by_key
-- The organization that a key opens, unless the key is revoked.
SELECT o.org_id, o.name, o.time_zone, o.credit_rounding, o.credit_minimum_seconds,
       EXISTS (SELECT 1 FROM source s WHERE s.org_id = o.org_id) AS has_source
FROM organization o
JOIN organization_key k ON k.org_id = o.org_id
WHERE o.org_id = :org_id AND k.key_hash = :key_hash AND k.revoked_at IS NULL;

-- name: all_organizations
-- Every organization, for the operator at the command line. Crosses tenants: no route uses it.
SELECT o.org_id, o.name, o.time_zone, o.credit_rounding, o.credit_minimum_seconds,
       EXISTS (SELECT 1 FROM source s WHERE s.org_id = o.org_id) AS has_source
FROM organization o
ORDER BY o.created_at, o.org_id;

-- name: add_organization
-- A new organization.
INSERT INTO organization
    (org_id, name, time_zone, credit_rounding, credit_minimum_seconds, created_at)
VALUES (:org_id, :name, :time_zone, :credit_rounding, :credit_minimum_seconds, :created_at);

-- name: rename_organization
-- Another name for an organization.
UPDATE organization SET name = :name WHERE org_id = :org_id;

-- name: set_time_zone
-- The zone whose days an organization's reports use.
UPDATE organization SET time_zone = :time_zone WHERE org_id = :org_id;

-- name: add_key
-- One more key that opens an organization.
INSERT INTO organization_key (org_id, key_hash, label, created_at)
VALUES (:org_id, :key_hash, :label, :created_at);

-- name: keys
-- The keys of an organization, as far as they are remembered.
SELECT key_hash, label, created_at, revoked_at FROM organization_key
WHERE org_id = :org_id
ORDER BY created_at, key_hash;

-- name: revoke_key
-- End a key for good.
UPDATE organization_key SET revoked_at = :revoked_at
WHERE org_id = :org_id AND key_hash = :key_hash AND revoked_at IS NULL;

-- name: sources
-- The sources of an organization.
SELECT org_id, source_id, kind, name, created_at, secrets, settings, disabled_at FROM source
WHERE org_id = :org_id
ORDER BY created_at, source_id;

-- name: source
-- One source, for a delivery that names it.
SELECT org_id, source_id, kind, name, created_at, secrets, settings, disabled_at FROM source
WHERE org_id = :org_id AND source_id = :source_id;

-- name: add_source
-- One more source of events; adding the same one again changes nothing.
INSERT INTO source (org_id, source_id, kind, name, created_at, secrets, settings)
VALUES (:org_id, :source_id, :kind, :name, :created_at, :secrets, :settings)
ON CONFLICT (org_id, source_id) DO NOTHING;

-- name: set_secrets
-- Other secrets for a source.
UPDATE source SET secrets = :secrets WHERE org_id = :org_id AND source_id = :source_id;

-- name: set_settings
-- Other settings for a source.
UPDATE source SET settings = :settings WHERE org_id = :org_id AND source_id = :source_id;

-- name: set_disabled
-- Stop taking events from a source, or take them again.
UPDATE source SET disabled_at = :disabled_at WHERE org_id = :org_id AND source_id = :source_id;
