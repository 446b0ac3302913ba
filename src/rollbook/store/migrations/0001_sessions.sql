-- Compatible with programs of schema 0001 on; runs in a transaction.
-- Organizations, people, rooms and their sessions.

CREATE TABLE organization (
    org_id {{id}} NOT NULL PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL,
    credit_rounding text NOT NULL CHECK (credit_rounding IN ('up', 'half-up', 'down')),
    credit_minimum_seconds integer NOT NULL CHECK (credit_minimum_seconds >= 0),
    created_at {{instant}} NOT NULL
){{strict}};

-- What opens an organization: SHA-256 of a VF-ORG-ID, in hex; the value itself is never stored.
CREATE TABLE organization_key (
    org_id {{id}} NOT NULL REFERENCES organization (org_id),
    key_hash {{id}} NOT NULL,
    label text NOT NULL,
    created_at {{instant}} NOT NULL,
    revoked_at {{instant}},
    PRIMARY KEY (org_id, key_hash)
){{strict}};

-- Where sessions come from: a platform's webhooks, our own event form, imported files.
CREATE TABLE source (
    org_id {{id}} NOT NULL REFERENCES organization (org_id),
    source_id {{id}} NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    created_at {{instant}} NOT NULL,
    PRIMARY KEY (org_id, source_id)
){{strict}};

-- The latest known name and role of a person, and when each was told.
CREATE TABLE participant (
    org_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    name {{id}},
    name_told_at {{instant}},
    role {{id}},
    role_told_at {{instant}},
    PRIMARY KEY (org_id, participant_id)
){{strict}};

-- The latest known title of a room, and when it was told.
CREATE TABLE room (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    title {{id}},
    title_told_at {{instant}},
    PRIMARY KEY (org_id, room_id)
){{strict}};

-- One stay of one person in one room. left_at is NULL while it lasts. participant_id and joined_at
-- are NULL while only a leave was seen that names neither: no report shows such a row.
-- The *_by columns rank the evidence (domain/sessions.py): joined 0 none, 1 told by the leave,
-- 2 seen; left 1 timed out, 2 reconciled, 3 room finished, 4 superseded, 5 leave.
CREATE TABLE session (
    org_id {{id}} NOT NULL,
    session_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    presence_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    instance_id {{id}},
    participant_id {{id}},
    joined_at {{instant}},
    joined_by {{small}} NOT NULL,
    told_left_at {{instant}},
    told_left_by {{small}},
    left_at {{instant}},
    left_by {{small}},
    ip_address {{address}},
    ip_told_at {{instant}},
    user_agent {{id}},
    user_agent_told_at {{instant}},
    PRIMARY KEY (org_id, session_id)
){{strict}};

-- The one range scan behind every report about a person.
CREATE INDEX session_by_participant ON session (org_id, participant_id, joined_at, session_id);
