-- name: events_of_session
-- The events that told of a session, in the order of what they tell.
SELECT source_id, event_id, event_type, occurred_at, received_at, payload FROM event
WHERE org_id = :org_id AND session_id = :session_id
ORDER BY occurred_at, event_id;

-- name: events_of_room_end
-- The events that ended the room of a session.
SELECT e.source_id, e.event_id, e.event_type, e.occurred_at, e.received_at, e.payload
FROM room_end x
JOIN event e ON e.org_id = x.org_id AND e.source_id = x.source_id AND e.event_id = x.event_id
WHERE x.org_id = :org_id AND x.source_id = :source_id AND x.room_id = :room_id
  AND x.instance_id = :instance_id
ORDER BY e.occurred_at, e.event_id;

-- name: next_presence
-- The presence whose beginning ended another of the same person in the same run of a room.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id AND instance_id = :instance_id
  AND participant_id = :participant_id AND joined_at = :joined_at AND session_id <> :session_id
ORDER BY session_id
LIMIT 1;
