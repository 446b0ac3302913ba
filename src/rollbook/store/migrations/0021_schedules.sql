-- Compatible with programs of schema 0017 on; runs in a transaction.

-- What is planned for a room, in ISO dates and HH:MM of the organization's zone. kind is weekly,
-- single, cancelled or moved; days are both included, and last_day is NULL while no end was said.
-- replaces is when the weekly class begins that is cancelled or moved. entry only tells rows apart.
CREATE TABLE schedule (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    entry {{count}} NOT NULL,
    kind {{id}} NOT NULL,
    first_day {{id}} NOT NULL,
    last_day {{id}},
    weekday {{small}},
    replaces {{id}},
    starts {{id}},
    ends {{id}},
    title {{id}},
    PRIMARY KEY (org_id, room_id, entry)
){{strict}};
