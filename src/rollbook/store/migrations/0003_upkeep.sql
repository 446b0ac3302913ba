-- Compatible with programs of schema 0003 on; runs in a transaction.
-- Upkeep: how long a session may be open, who keeps the ledger up, and what platforms last listed.

ALTER TABLE organization ADD COLUMN session_timeout_seconds integer NOT NULL DEFAULT 86400
    CHECK (session_timeout_seconds >= 0);

CREATE TABLE lease (
    name {{id}} NOT NULL PRIMARY KEY,
    holder text NOT NULL,
    held_until {{instant}} NOT NULL
){{strict}};

CREATE TABLE look (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    looked_at {{instant}} NOT NULL,
    PRIMARY KEY (org_id, source_id)
){{strict}};

CREATE TABLE sighting (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    session_id {{id}} NOT NULL,
    seen_at {{instant}},
    missed_at {{instant}},
    PRIMARY KEY (org_id, source_id, session_id)
){{strict}};

CREATE INDEX session_open ON session (org_id, source_id, joined_at) WHERE left_at IS NULL;

CREATE INDEX event_by_room ON event (org_id, source_id, room_id) WHERE room_id IS NOT NULL;
