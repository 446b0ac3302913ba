-- Compatible with programs of schema 0004 on; runs in a transaction.
-- What applications tell of people when they let them into a room.

CREATE TABLE context (
    org_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    told_at {{instant}} NOT NULL,
    ip_address {{address}},
    user_agent {{id}},
    PRIMARY KEY (org_id, participant_id, room_id, told_at)
){{strict}};
