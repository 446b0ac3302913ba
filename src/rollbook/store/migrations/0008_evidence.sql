-- Compatible with programs of schema 0008 on; runs in a transaction.

-- What the sessions of a presence are read from: corrections, the platform's own identity of a
-- person, and when the runs of rooms began.

ALTER TABLE session ADD COLUMN identity {{id}};
ALTER TABLE session ADD COLUMN corrected_at {{instant}};
ALTER TABLE session ADD COLUMN corrected_left_at {{instant}};
ALTER TABLE session ADD COLUMN voided {{small}};

CREATE INDEX session_by_identity ON session (org_id, source_id, instance_id, identity)
WHERE identity IS NOT NULL;

ALTER TABLE room_end ADD COLUMN started_at {{instant}};

CREATE TABLE room_start (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    instance_id {{id}} NOT NULL,
    started_at {{instant}} NOT NULL,
    event_id {{id}} NOT NULL,
    PRIMARY KEY (org_id, source_id, room_id, instance_id, started_at)
){{strict}};
