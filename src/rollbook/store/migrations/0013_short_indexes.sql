-- Compatible with programs of schema 0012 on; runs alone.

-- What takes the place of other indexes: rooms without their source, which rows say; addresses where no
-- join says when they are to be forgotten; and who is there in the order of joining, which is how all
-- who ask for it want it: in another, SQLite did without the index, and PostgreSQL at times.
CREATE INDEX {{concurrently}} IF NOT EXISTS event_of_room ON event (org_id, room_id)
WHERE room_id IS NOT NULL;

CREATE INDEX {{concurrently}} IF NOT EXISTS session_adrift ON session (org_id, joined_at, told_left_at)
WHERE joined_at IS NULL AND ip_address IS NOT NULL;

CREATE INDEX {{concurrently}} IF NOT EXISTS session_running ON session (org_id, joined_at)
WHERE left_at IS NULL;
