-- Compatible with programs of schema 0009 on; runs in a transaction.

-- Which organization a key opens that does not name it: a VF-ORG-ID that clients had from elsewhere.
-- Asked before the organization is known, so it belongs to the service; only the hash is kept.
CREATE TABLE key_owner (
    key_hash {{id}} NOT NULL PRIMARY KEY,
    org_id {{id}} NOT NULL
){{strict}};
