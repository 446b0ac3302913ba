-- Compatible with programs of schema 0016 on; runs in a transaction.

-- The attendance rule of a room, or of the whole organization, whose room_id is ''.
CREATE TABLE attendance_rule (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    share {{small}} NOT NULL,
    late {{small}} NOT NULL,
    early {{small}} NOT NULL,
    gap {{small}} NOT NULL,
    set_by text NOT NULL,
    set_at {{instant}} NOT NULL,
    PRIMARY KEY (org_id, room_id)
){{strict}};

-- What was said of classes: that one was held between two instants, or, where held is 0, none.
CREATE TABLE kept_class (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    began_at {{instant}} NOT NULL,
    said_id {{id}} NOT NULL,
    ended_at {{instant}} NOT NULL,
    held {{small}} NOT NULL,
    note text NOT NULL,
    said_by text NOT NULL,
    said_at {{instant}} NOT NULL,
    -- Who took it back, and when; NULL while it holds.
    withdrawn_by text,
    withdrawn_at {{instant}},
    PRIMARY KEY (org_id, room_id, began_at, said_id)
){{strict}};

-- Who is excused from a day to a day (ISO dates in the organization's zone), both included, in one
-- room, or, where room_id is '', in all; with class_at only from the class at that instant.
CREATE TABLE excuse (
    org_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    said_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    first_day {{id}} NOT NULL,
    last_day {{id}} NOT NULL,
    class_at {{instant}},
    note text NOT NULL,
    said_by text NOT NULL,
    said_at {{instant}} NOT NULL,
    withdrawn_by text,
    withdrawn_at {{instant}},
    PRIMARY KEY (org_id, participant_id, said_id)
){{strict}};

-- For: excuses_in_room.
CREATE INDEX excuse_in_room ON excuse (org_id, room_id, last_day);
