-- name: rooms_after
-- The next rooms that events of a source tell of, and how many events each.
SELECT room_id, COUNT(*) FROM event
WHERE org_id = :org_id AND source_id = :source_id AND room_id > :room_id
GROUP BY room_id
ORDER BY room_id
LIMIT :most;

-- name: events_of_rooms
-- All events of a source about these rooms: what a rebuild replays.
SELECT source_id, event_id, written, facts, room_id, occurred_at FROM event
WHERE org_id = :org_id AND source_id = :source_id
  AND room_id {{in:room_ids}};

-- name: old_events_of_rooms
-- Those of them that are written as they were until schema 0012.
SELECT {{event}} FROM event
WHERE org_id = :org_id AND source_id = :source_id
  AND room_id {{in:room_ids}} AND substr(facts, 1, 1) = '['
LIMIT :most;

-- name: events_elsewhere
-- Events about these sessions that name other rooms than these, or none, as corrections do: a platform
-- may tell one presence in two rooms. The source is in the session's id; naming it too would mislead
-- the planner.
SELECT source_id, event_id, written, facts, room_id, occurred_at FROM event
WHERE org_id = :org_id
  AND session_id {{in:session_ids}}
  AND (room_id IS NULL OR NOT (room_id {{in:room_ids}}));

-- name: sessions_after
-- The next sessions of a source.
SELECT session_id FROM session
WHERE org_id = :org_id AND source_id = :source_id AND session_id > :session_id
ORDER BY session_id
LIMIT :most;

-- name: sessions_told
-- Those of these sessions that any event tells of; the ids come as a JSON array.
SELECT DISTINCT session_id FROM event
WHERE org_id = :org_id
  AND session_id {{in:session_ids}};

-- name: remove_room_end
-- An end of a room that no event tells, or that is about to be written anew.
DELETE FROM room_end
WHERE org_id = :org_id AND source_id = :source_id AND room_id = :room_id
  AND instance_id = :instance_id AND ended_at = :at;

-- name: remove_room_start
-- The same of a beginning.
DELETE FROM room_start
WHERE org_id = :org_id AND source_id = :source_id AND room_id = :room_id
  AND instance_id = :instance_id AND started_at = :at;
