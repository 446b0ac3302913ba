-- Compatible with programs of schema 0014 on; runs alone.

-- What sessions add up to, by person and by room, is read from the index alone, group after group.
-- They take the place of session_by_participant and session_by_room, of which they are the beginning.
CREATE INDEX {{concurrently}} IF NOT EXISTS session_of_person
ON session (org_id, participant_id, joined_at, session_id{{covering}}left_at, voided);

CREATE INDEX {{concurrently}} IF NOT EXISTS session_in_room
ON session (org_id, room_id, joined_at{{covering}}left_at, voided, participant_id);
