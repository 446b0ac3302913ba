-- name: events_of_presence
-- The events that told of a presence, in the order of what they tell; its keys come as a JSON array.
SELECT {{event}} FROM event
WHERE org_id = :org_id AND session_id {{in:keys}}
ORDER BY occurred_at, event_id;

-- name: room_ends
-- The events that ended the room of a session.
SELECT event_id FROM room_end
WHERE org_id = :org_id AND source_id = :source_id AND room_id = :room_id
  AND instance_id = :instance_id;

-- name: events_named
-- Events by their ids, as they are stored.
SELECT {{event}} FROM event
WHERE org_id = :org_id AND source_id = :source_id AND event_id {{in:event_ids}}
ORDER BY occurred_at, event_id;

-- name: next_presence
-- The presence whose beginning ended another of the same person in the same run of a room.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id AND instance_id = :instance_id
  AND participant_id = :participant_id AND joined_at = :joined_at AND session_id <> :session_id
ORDER BY session_id
LIMIT 1;
