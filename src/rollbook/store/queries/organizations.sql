-- name: organization
-- One organization by its id. Whatever is asked about it names it: Citus finds the node by that, and
-- would ask all nodes where a subquery names it through another row.
SELECT o.org_id, o.name, o.time_zone, o.credit_rounding, o.credit_minimum_seconds, o.locale,
       EXISTS (SELECT 1 FROM source s WHERE s.org_id = :org_id) AS has_source
FROM organization o
WHERE o.org_id = :org_id;

-- name: organization_by_key
-- The organization that a key opens, unless the key is revoked.
SELECT o.org_id, o.name, o.time_zone, o.credit_rounding, o.credit_minimum_seconds, o.locale,
       EXISTS (SELECT 1 FROM source s WHERE s.org_id = :org_id) AS has_source,
       k.scopes, k.expires_at, k.used_at
FROM organization o
JOIN organization_key k ON k.org_id = o.org_id
WHERE o.org_id = :org_id AND k.key_hash = :key_hash AND k.revoked_at IS NULL;

-- name: all_organizations
-- Every organization, for the operator at the command line. Crosses tenants: no route uses it.
SELECT o.org_id, o.name, o.time_zone, o.credit_rounding, o.credit_minimum_seconds, o.locale,
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

-- name: set_locale
-- As in which place its pages write dates and numbers; NULL is as everywhere.
UPDATE organization SET locale = :locale WHERE org_id = :org_id;

-- name: add_key
-- One more key that opens an organization.
INSERT INTO organization_key (org_id, key_hash, label, created_at, scopes, expires_at)
VALUES (:org_id, :key_hash, :label, :created_at, :scopes, :expires_at);

-- name: own_key
-- Which organization a key opens that does not name it; whose it is already, it stays.
INSERT INTO key_owner (key_hash, org_id) VALUES (:key_hash, :org_id)
ON CONFLICT (key_hash) DO NOTHING;

-- name: owner_of_key
-- The organization that such a key opens, unless it was revoked there.
SELECT org_id FROM key_owner WHERE key_hash = :key_hash;

-- name: keys
-- The keys of an organization, as far as they are remembered.
SELECT key_hash, label, created_at, revoked_at, scopes, expires_at, used_at FROM organization_key
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

-- name: rejections
-- The latest refused deliveries of a source.
SELECT rejected_at, reason, deliveries FROM rejection
WHERE org_id = :org_id AND source_id = :source_id
ORDER BY rejected_at DESC, reason;

-- name: source_health
-- How the sources of an organization are doing.
SELECT source_id, last_received_at, last_lag_ms, accepted, duplicates, ignored, late,
       rejected, last_rejected_at, last_rejection
FROM source_health
WHERE org_id = :org_id;

-- name: stored_secrets
-- The secrets of an organization's sources, and of its provider of sign-ins, as they are stored.
SELECT source_id, secrets FROM source WHERE org_id = :org_id
UNION ALL
SELECT 'identity provider', client_secret FROM identity_provider WHERE org_id = :org_id
ORDER BY 1;

-- name: heard_of_source
-- What came of a source since some instants, how many events between others, and since when that
-- is counted.
SELECT MIN(began_at),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :since_hour
           THEN accepted END), 0) AS bigint),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :since_hour
           THEN rejected END), 0) AS bigint),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :since_day
           THEN accepted END), 0) AS bigint),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :since_day
           THEN rejected END), 0) AS bigint),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :since_week
           THEN accepted END), 0) AS bigint),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :since_week
           THEN rejected END), 0) AS bigint),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :first_one AND began_at < :end_one
           THEN accepted + duplicates + ignored END), 0) AS bigint),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :first_two AND began_at < :end_two
           THEN accepted + duplicates + ignored END), 0) AS bigint),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :first_three AND began_at < :end_three
           THEN accepted + duplicates + ignored END), 0) AS bigint),
       CAST(COALESCE(SUM(CASE WHEN began_at >= :first_four AND began_at < :end_four
           THEN accepted + duplicates + ignored END), 0) AS bigint)
FROM source_quarter
WHERE org_id = :org_id AND source_id = :source_id;

-- name: latest_events
-- The latest events of a source, among so many of all sources of its organization, and without
-- those that the ledger itself made.
SELECT {{event}} FROM (
    SELECT {{event}} FROM event
    WHERE org_id = :org_id AND received_at >= :since
    ORDER BY received_at DESC
    LIMIT :among) e
WHERE e.source_id = :source_id AND e.event_type NOT LIKE 'rollbook.%'
ORDER BY received_at DESC, event_id
LIMIT :most;

-- name: installation_secret
-- Something that belongs to the installation and to no tenant.
SELECT secret FROM installation_secret WHERE name = :name;

-- name: add_installation_secret
-- Keep a secret, unless another process was faster: then its secret is everybody's.
INSERT INTO installation_secret (name, secret, created_at) VALUES (:name, :secret, :created_at)
ON CONFLICT (name) DO NOTHING;

-- name: set_installation_secret
-- The same, whatever was there.
INSERT INTO installation_secret (name, secret, created_at) VALUES (:name, :secret, :created_at)
ON CONFLICT (name) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at;

-- name: drop_installation_secret
-- It is of no use any more.
DELETE FROM installation_secret WHERE name = :name;

-- name: term
-- The term of a school.
SELECT first_day, last_day FROM term WHERE org_id = :org_id;

-- name: set_term
-- Set the term of a school.
INSERT INTO term (org_id, first_day, last_day) VALUES (:org_id, :first_day, :last_day)
ON CONFLICT (org_id) DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day;

-- name: set_credit_rule
-- How the sessions of an organization become credits.
UPDATE organization
SET credit_rounding = :credit_rounding, credit_minimum_seconds = :credit_minimum_seconds
WHERE org_id = :org_id;

-- name: retention
-- For how long an organization keeps what it can do without.
SELECT address_days, payload_days, agent_days, people_days FROM retention WHERE org_id = :org_id;

-- name: retentions
-- What every organization keeps for a time only. Crosses tenants, since upkeep is the service's own
-- work: no route uses it.
SELECT org_id, address_days, payload_days, agent_days, people_days FROM retention
WHERE address_days > 0 OR payload_days > 0 OR agent_days > 0 OR people_days > 0
ORDER BY org_id;

-- name: set_retention
-- For how long from now on; how far forgetting has come is left as it is.
INSERT INTO retention
    (org_id, address_days, payload_days, agent_days, people_days, addresses_until, payloads_until,
     agents_until)
VALUES (:org_id, :address_days, :payload_days, :agent_days, :people_days, :nothing_before,
        :nothing_before, :nothing_before)
ON CONFLICT (org_id) DO UPDATE SET
    address_days = excluded.address_days,
    payload_days = excluded.payload_days,
    agent_days = excluded.agent_days,
    people_days = excluded.people_days,
    context_agents_until = NULL,
    people_until = NULL;

-- name: session_timeouts
-- Every organization and how long its sessions may be open. Crosses tenants, since upkeep is the
-- service's own work: no route uses it.
SELECT org_id, session_timeout_seconds FROM organization ORDER BY org_id;

-- name: set_session_timeout
-- How long sessions of an organization may be open.
UPDATE organization SET session_timeout_seconds = :session_timeout_seconds
WHERE org_id = :org_id;

-- name: erasure_key
-- What the pseudonyms of an organization are made with; NULL where nobody was erased.
SELECT erasure_key FROM organization WHERE org_id = :org_id;

-- name: addresses_kept
-- What an organization keeps of addresses.
SELECT addresses_kept FROM organization WHERE org_id = :org_id;

-- name: set_addresses
-- What it keeps of those that come from now on.
UPDATE organization SET addresses_kept = :addresses_kept WHERE org_id = :org_id;

-- name: organizations_erasing
-- Where all events are yet to be looked through for people who were erased. Crosses tenants, since upkeep is
-- the service's own work: no route uses it.
SELECT org_id FROM erasure ORDER BY org_id;
