-- name: known_events
-- Which of these events of a source are in the ledger already; the ids come as a JSON array.
SELECT event_id, body_hash FROM event
WHERE org_id = :org_id AND source_id = :source_id
  AND event_id {{in:event_ids}};

-- name: add_event
-- Keep an event.
INSERT INTO event
    (org_id, source_id, event_id, event_type, occurred_at, received_at, body_hash,
     room_id, session_id, facts, payload)
VALUES
    (:org_id, :source_id, :event_id, :event_type, :occurred_at, :received_at, :body_hash,
     :room_id, :session_id, :facts, :payload);

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

-- name: add_room_end
-- One more end of a room.
INSERT INTO room_end (org_id, source_id, room_id, instance_id, ended_at, event_id)
VALUES (:org_id, :source_id, :room_id, :instance_id, :ended_at, :event_id)
ON CONFLICT (org_id, source_id, room_id, instance_id, ended_at) DO NOTHING;

-- name: room_ends
-- When these rooms of a source ended; the ids come as a JSON array.
SELECT room_id, instance_id, ended_at, event_id FROM room_end
WHERE org_id = :org_id AND source_id = :source_id
  AND room_id {{in:room_ids}};

-- name: unsettled_in_rooms
-- Sessions whose end was not told for certain, in rooms of a source that have just ended.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id
  AND room_id {{in:room_ids}}
  AND (told_left_by IS NULL OR told_left_by < 5);

-- name: stays_of_people
-- The sessions of these people in these runs of rooms; both come as JSON arrays.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id
  AND instance_id {{in:instance_ids}}
  AND participant_id {{in:participant_ids}};

-- name: count_deliveries
-- Add to the counts of a source.
INSERT INTO source_health
    (org_id, source_id, last_received_at, last_lag_ms, accepted, duplicates, ignored, late)
VALUES
    (:org_id, :source_id, :last_received_at, :last_lag_ms, :accepted, :duplicates, :ignored, :late)
ON CONFLICT (org_id, source_id) DO UPDATE SET
    last_received_at = excluded.last_received_at,
    last_lag_ms = excluded.last_lag_ms,
    accepted = source_health.accepted + excluded.accepted,
    duplicates = source_health.duplicates + excluded.duplicates,
    ignored = source_health.ignored + excluded.ignored,
    late = source_health.late + excluded.late;

-- name: count_rejections
-- Add to the count of deliveries that a source's secrets did not prove.
INSERT INTO source_health (org_id, source_id, rejected, last_rejected_at, last_rejection)
VALUES (:org_id, :source_id, :rejected, :last_rejected_at, :last_rejection)
ON CONFLICT (org_id, source_id) DO UPDATE SET
    rejected = source_health.rejected + excluded.rejected,
    last_rejected_at = excluded.last_rejected_at,
    last_rejection = excluded.last_rejection;

-- name: note_rejection
-- Remember a refused delivery, and others of the same moment and reason with it.
INSERT INTO rejection (org_id, source_id, rejected_at, reason, deliveries)
VALUES (:org_id, :source_id, :rejected_at, :reason, :deliveries)
ON CONFLICT (org_id, source_id, rejected_at, reason) DO UPDATE SET
    deliveries = rejection.deliveries + excluded.deliveries;

-- name: forget_rejections
-- Of a source's refused deliveries, only the latest are remembered.
DELETE FROM rejection
WHERE org_id = :org_id AND source_id = :source_id
  AND rejected_at < (
      SELECT x.rejected_at FROM rejection x
      WHERE x.org_id = :org_id AND x.source_id = :source_id
      ORDER BY x.rejected_at DESC
      LIMIT 1 OFFSET :most - 1);

-- name: rejections
-- The latest refused deliveries of a source.
SELECT rejected_at, reason, deliveries FROM rejection
WHERE org_id = :org_id AND source_id = :source_id
ORDER BY rejected_at DESC, reason;

-- name: source_health
-- How the sources of an organization are doing.
SELECT source_id, last_received_at, last_lag_ms, accepted, duplicates, ignored, late,
       rejected, last_rejected_at, last_rejection
FROM source_health
WHERE org_id = :org_id;

-- name: next_presence
-- The presence whose beginning ended another of the same person in the same run of a room.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id AND instance_id = :instance_id
  AND participant_id = :participant_id AND joined_at = :joined_at AND session_id <> :session_id
ORDER BY session_id
LIMIT 1;
