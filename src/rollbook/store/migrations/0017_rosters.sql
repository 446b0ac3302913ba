-- Compatible with programs of schema 0016 on; runs in a transaction.

-- Who belongs to a room, from a day to a day (ISO dates in the organization's zone), both included;
-- last_day is NULL until that changes. name is what the roster says, for who was never seen.
CREATE TABLE roster (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    first_day {{id}} NOT NULL,
    last_day {{id}},
    name {{id}},
    PRIMARY KEY (org_id, room_id, participant_id, first_day)
){{strict}};
