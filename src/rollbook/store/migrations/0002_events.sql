-- Compatible with programs of schema 0002 on; runs in a transaction.
-- Events from platforms, what they say of rooms and people, and the health of their sources.

ALTER TABLE source ADD COLUMN secrets text NOT NULL DEFAULT '[]';
ALTER TABLE source ADD COLUMN settings text NOT NULL DEFAULT '{}';
ALTER TABLE source ADD COLUMN disabled_at {{instant}};

CREATE TABLE event (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    event_id {{id}} NOT NULL,
    event_type text NOT NULL,
    occurred_at {{instant}} NOT NULL,
    received_at {{instant}} NOT NULL,
    body_hash {{id}} NOT NULL,
    room_id {{id}},
    session_id {{id}},
    facts text NOT NULL,
    payload text,
    PRIMARY KEY (org_id, source_id, event_id)
){{strict}};

CREATE INDEX event_by_session ON event (org_id, session_id);

CREATE TABLE room_end (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    instance_id {{id}} NOT NULL,
    ended_at {{instant}} NOT NULL,
    event_id {{id}} NOT NULL,
    PRIMARY KEY (org_id, source_id, room_id, instance_id, ended_at)
){{strict}};

CREATE TABLE source_health (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    last_received_at {{instant}},
    last_lag_ms {{count}},
    accepted {{count}} NOT NULL DEFAULT 0,
    duplicates {{count}} NOT NULL DEFAULT 0,
    ignored {{count}} NOT NULL DEFAULT 0,
    late {{count}} NOT NULL DEFAULT 0,
    rejected {{count}} NOT NULL DEFAULT 0,
    last_rejected_at {{instant}},
    last_rejection text,
    PRIMARY KEY (org_id, source_id)
){{strict}};

CREATE INDEX session_by_instance ON session (org_id, source_id, instance_id, participant_id)
WHERE instance_id IS NOT NULL;

CREATE INDEX session_unsettled ON session (org_id, source_id, room_id)
WHERE told_left_by IS NULL OR told_left_by < 5;
