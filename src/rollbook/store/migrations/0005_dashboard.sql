-- Compatible with programs of schema 0005 on; runs in a transaction.
-- The dashboard: what signs its cookies, a school's term, and ways to a day's and a room's sessions.

CREATE TABLE installation_secret (
    name {{id}} NOT NULL PRIMARY KEY,
    secret text NOT NULL,
    created_at {{instant}} NOT NULL
){{strict}};

CREATE TABLE term (
    org_id {{id}} NOT NULL PRIMARY KEY,
    first_day text NOT NULL,
    last_day text NOT NULL
){{strict}};

CREATE INDEX session_by_join ON session (org_id, joined_at);

CREATE INDEX session_by_room ON session (org_id, room_id, joined_at);
