-- Compatible with programs of schema 0009 on; runs in a transaction.

-- Imports that can be taken back: what each file told is kept apart, and what was imported before is
-- evidence like any other.

CREATE TABLE file_import (
    org_id {{id}} NOT NULL,
    import_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    file_name text NOT NULL,
    form text NOT NULL,
    imported_at {{instant}} NOT NULL,
    added {{count}} NOT NULL,
    changed {{count}} NOT NULL,
    unchanged {{count}} NOT NULL,
    undone_at {{instant}},
    PRIMARY KEY (org_id, import_id)
){{strict}};

CREATE TABLE imported_person (
    org_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    import_id {{id}} NOT NULL,
    name {{id}},
    name_told_at {{instant}},
    role {{id}},
    role_told_at {{instant}},
    PRIMARY KEY (org_id, participant_id, import_id)
){{strict}};

CREATE TABLE imported_title (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    import_id {{id}} NOT NULL,
    title {{id}} NOT NULL,
    told_at {{instant}} NOT NULL,
    PRIMARY KEY (org_id, room_id, import_id)
){{strict}};

ALTER TABLE participant ADD COLUMN imported_name {{id}};
ALTER TABLE participant ADD COLUMN imported_name_told_at {{instant}};
ALTER TABLE participant ADD COLUMN imported_role {{id}};
ALTER TABLE participant ADD COLUMN imported_role_told_at {{instant}};
ALTER TABLE participant ADD COLUMN imported_only {{small}};

ALTER TABLE room ADD COLUMN imported_title {{id}};
ALTER TABLE room ADD COLUMN imported_title_told_at {{instant}};

INSERT INTO event
    (org_id, source_id, event_id, event_type, occurred_at, received_at, body_hash,
     room_id, session_id, facts)
SELECT s.org_id, s.source_id, 'kept:' || s.session_id, 'session.imported', s.joined_at, s.joined_at, '',
    s.room_id, s.session_id,
    CAST(CASE WHEN s.told_left_at IS NULL
        THEN {{array}}({{array}}('joined', {{object}}(
            'presence_id', s.presence_id, 'at', {{milliseconds:s.joined_at}},
            'room', {{object}}('room_id', s.room_id, 'instance_id', s.instance_id),
            'participant', {{object}}('uid', s.participant_id),
            'ip_address', {{plain:s.ip_address}}, 'user_agent', s.user_agent)))
        ELSE {{array}}({{array}}('joined', {{object}}(
            'presence_id', s.presence_id, 'at', {{milliseconds:s.joined_at}},
            'room', {{object}}('room_id', s.room_id, 'instance_id', s.instance_id),
            'participant', {{object}}('uid', s.participant_id),
            'ip_address', {{plain:s.ip_address}}, 'user_agent', s.user_agent)),
            {{array}}('left', {{object}}(
            'presence_id', s.presence_id, 'at', {{milliseconds:s.told_left_at}},
            'room', {{object}}('room_id', s.room_id, 'instance_id', s.instance_id),
            'participant', {{object}}('uid', s.participant_id))))
        END AS text)
FROM session s
JOIN source o ON o.org_id = s.org_id AND o.source_id = s.source_id
WHERE o.kind = 'import' AND s.joined_at IS NOT NULL AND s.participant_id IS NOT NULL;
