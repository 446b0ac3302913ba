-- name: hold_organization (sqlite)
-- Writers of one organization take turns; SQLite's one writer already does.
SELECT org_id, session_timeout_seconds, addresses_until, erasure_key, addresses_kept, agents_until
FROM organization WHERE org_id = :org_id;

-- name: hold_organization (postgres)
-- Writers of one organization take turns: each reads what the one before it committed.
SELECT org_id, session_timeout_seconds, addresses_until, erasure_key, addresses_kept, agents_until
FROM organization WHERE org_id = :org_id FOR NO KEY UPDATE;

-- name: presences
-- What is known of these sessions; the ids come as a JSON array.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND session_id {{in:session_ids}};

-- name: save_presence
-- Write what is now known of a session.
INSERT INTO session
    (org_id, session_id, source_id, presence_id, room_id, instance_id, participant_id,
     joined_at, joined_by, told_left_at, told_left_by, left_at, left_by,
     ip_address, ip_told_at, user_agent, user_agent_told_at, identity,
     corrected_at, corrected_left_at, voided)
{{rows:org_id text, session_id text, source_id text, presence_id text, room_id text,
    instance_id text, participant_id text, joined_at instant, joined_by small,
    told_left_at instant, told_left_by small, left_at instant, left_by small,
    ip_address address, ip_told_at instant, user_agent text, user_agent_told_at instant,
    identity text, corrected_at instant, corrected_left_at instant, voided small}}
ON CONFLICT (org_id, session_id) DO UPDATE SET
    room_id = excluded.room_id,
    instance_id = excluded.instance_id,
    participant_id = excluded.participant_id,
    joined_at = excluded.joined_at,
    joined_by = excluded.joined_by,
    told_left_at = excluded.told_left_at,
    told_left_by = excluded.told_left_by,
    left_at = excluded.left_at,
    left_by = excluded.left_by,
    ip_address = excluded.ip_address,
    ip_told_at = excluded.ip_told_at,
    user_agent = excluded.user_agent,
    user_agent_told_at = excluded.user_agent_told_at,
    identity = excluded.identity,
    corrected_at = excluded.corrected_at,
    corrected_left_at = excluded.corrected_left_at,
    voided = excluded.voided;

-- part: newername
excluded.name IS NOT NULL AND (participant.name IS NULL
       OR (excluded.name_told_at, excluded.name) > (participant.name_told_at, participant.name))

-- part: newerrole
excluded.role IS NOT NULL AND (participant.role IS NULL
       OR (excluded.role_told_at, excluded.role) > (participant.role_told_at, participant.role))

-- name: note_person
-- Keep the latest name and role of a person, each by itself; the row also says that the person was
-- ever seen, and now not by imports alone. Who tells no name takes none away, and of two names told
-- for the same instant the greater text stays, whichever came first.
INSERT INTO participant (org_id, participant_id, name, name_told_at, role, role_told_at)
{{rows:org_id text, key text, name text, name_told_at instant, role text, role_told_at instant}}
ON CONFLICT (org_id, participant_id) DO UPDATE SET
    name = CASE WHEN {{newername}} THEN excluded.name ELSE participant.name END,
    name_told_at = CASE WHEN {{newername}}
        THEN excluded.name_told_at ELSE participant.name_told_at END,
    role = CASE WHEN {{newerrole}} THEN excluded.role ELSE participant.role END,
    role_told_at = CASE WHEN {{newerrole}}
        THEN excluded.role_told_at ELSE participant.role_told_at END,
    imported_only = NULL
WHERE participant.imported_only IS NOT NULL OR ({{newername}}) OR ({{newerrole}});

-- name: note_room
-- Keep the latest title of a room, by the same rule.
INSERT INTO room (org_id, room_id, title, title_told_at)
{{rows:org_id text, key text, title text, told_at instant}}
ON CONFLICT (org_id, room_id) DO UPDATE SET
    title = excluded.title,
    title_told_at = excluded.title_told_at
WHERE excluded.title IS NOT NULL AND (room.title IS NULL
    OR (excluded.title_told_at, excluded.title) > (room.title_told_at, room.title));

-- name: known_events
-- Which of these events of a source are in the ledger already; the ids come as a JSON array.
SELECT event_id, body_hash, written FROM event
WHERE org_id = :org_id AND source_id = :source_id
  AND event_id {{in:event_ids}};

-- name: add_event
-- Keep an event.
INSERT INTO event
    (org_id, source_id, event_id, event_type, occurred_at, received_at, body_hash,
     room_id, session_id, facts, said, written)
{{rows:org_id text, source_id text, event_id text, event_type text, occurred_at instant,
    received_at instant, body_hash text, room_id text, session_id text, facts text, said bytes,
    written small}};

-- name: add_room_end
-- One more end of a room. Of two events that tell the same end, the later start of the run counts.
INSERT INTO room_end (org_id, source_id, room_id, instance_id, ended_at, event_id, started_at)
{{rows:org_id text, source_id text, room_id text, instance_id text, at instant, event_id text,
    started_at instant}}
ON CONFLICT (org_id, source_id, room_id, instance_id, ended_at) DO UPDATE SET
    started_at = excluded.started_at
WHERE excluded.started_at IS NOT NULL
  AND (room_end.started_at IS NULL OR room_end.started_at < excluded.started_at);

-- name: add_room_start
-- One more beginning of a room.
INSERT INTO room_start (org_id, source_id, room_id, instance_id, started_at, event_id)
{{rows:org_id text, source_id text, room_id text, instance_id text, at instant, event_id text}}
ON CONFLICT (org_id, source_id, room_id, instance_id, started_at) DO NOTHING;

-- name: room_marks
-- When these rooms of a source began and ended; the ids come as a JSON array.
SELECT room_id, instance_id, ended_at, 1, event_id, started_at FROM room_end
WHERE org_id = :org_id AND source_id = :source_id
  AND room_id {{in:room_ids}}
UNION ALL
SELECT room_id, instance_id, started_at, 0, event_id, NULL FROM room_start
WHERE org_id = :org_id AND source_id = :source_id
  AND room_id {{in:room_ids}};

-- name: facts_of_sessions
-- All that is known of these presences; the ids come as a JSON array.
SELECT session_id, facts, room_id, occurred_at FROM event
WHERE org_id = :org_id AND session_id {{in:session_ids}};

-- name: stays_of_presences (sqlite)
-- Every stay of these presences; what their ids have in common comes as a JSON array. To SQLite a
-- cross join is an order to read what stands first before the rest: an index's few rows for each.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND session_id IN (
    SELECT s.session_id FROM json_each(:beginnings) b
    CROSS JOIN session s
    WHERE s.org_id = :org_id
      AND s.session_id >= b.value AND s.session_id < b.value || 'g');

-- name: stays_of_presences (postgres)
-- The same, an index's few rows for each: the limit, which nothing reaches, keeps PostgreSQL from
-- reading all sessions instead. Text is compared byte by byte, so what begins alike stands together.
SELECT {{presence}}
FROM jsonb_array_elements_text(CAST(:beginnings AS jsonb)) b (value)
CROSS JOIN LATERAL (
    SELECT {{presence}}
    FROM session
    WHERE org_id = :org_id
      AND session_id >= b.value COLLATE "C" AND session_id < (b.value || 'g') COLLATE "C"
    ORDER BY session_id
    LIMIT 10000
) s;

-- name: stays_in_instances
-- Everybody in these runs of rooms; the ids come as a JSON array.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id
  AND instance_id {{in:instance_ids}};

-- name: stays_joined_between
-- Everybody who joined a room within a range, where its runs have no names.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND room_id = :room_id
  AND joined_at >= :range_start AND joined_at <= :range_end
  AND source_id = :source_id AND instance_id IS NULL;

-- name: remove_session
-- A session that the facts do not tell, or that is about to be written anew.
DELETE FROM session WHERE org_id = :org_id AND session_id = :session_id;

-- name: unsettled_in_rooms
-- Sessions whose end was not told for certain, in rooms of a source that have just ended.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id
  AND room_id {{in:room_ids}}
  AND (told_left_by IS NULL OR told_left_by < {{leave}});

-- name: stays_of_people
-- The sessions of these people in these runs of rooms; both come as JSON arrays. People may be named
-- by their platform's identity or, where that is the same, by their id: each has its index.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id
  AND instance_id {{in:instance_ids}}
  AND participant_id {{in:participant_ids}} AND identity IS NULL
UNION ALL
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id
  AND instance_id {{in:instance_ids}}
  AND identity {{in:participant_ids}} AND identity IS NOT NULL;

-- name: count_deliveries
-- Add to the counts of a source.
INSERT INTO source_health
    (org_id, source_id, last_received_at, last_lag_ms, accepted, duplicates, ignored, late)
{{rows:org_id text, source_id text, last_received_at instant, last_lag_ms count, accepted count,
    duplicates count, ignored count, late count}}
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

-- name: count_in_quarter
-- The same by quarters of an hour.
INSERT INTO source_quarter (org_id, source_id, began_at, accepted, duplicates, ignored, rejected)
{{rows:org_id text, source_id text, began_at instant, accepted count, duplicates count,
    ignored count, rejected count}}
ON CONFLICT (org_id, source_id, began_at) DO UPDATE SET
    accepted = source_quarter.accepted + excluded.accepted,
    duplicates = source_quarter.duplicates + excluded.duplicates,
    ignored = source_quarter.ignored + excluded.ignored,
    rejected = source_quarter.rejected + excluded.rejected;

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

-- name: add_context
-- What an application told; of two tellings at one instant the greater values stay.
INSERT INTO context (org_id, participant_id, room_id, told_at, ip_address, user_agent)
VALUES (:org_id, :participant_id, :room_id, :told_at, :ip_address, :user_agent)
ON CONFLICT (org_id, participant_id, room_id, told_at) DO UPDATE SET
    ip_address = CASE WHEN context.ip_address IS NULL OR excluded.ip_address > context.ip_address
        THEN excluded.ip_address ELSE context.ip_address END,
    user_agent = CASE WHEN context.user_agent IS NULL OR excluded.user_agent > context.user_agent
        THEN excluded.user_agent ELSE context.user_agent END;

-- name: contexts
-- What was told of these people in these rooms; both come as JSON arrays.
SELECT participant_id, room_id, told_at, ip_address, user_agent FROM context
WHERE org_id = :org_id
  AND participant_id {{in:participant_ids}}
  AND room_id {{in:room_ids}};

-- name: sessions_near
-- The sessions of a person in a room that a context told at some instant may belong to.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND participant_id = :participant_id AND room_id = :room_id
  AND joined_at >= :earliest_join
  AND joined_at <= :latest_join
  AND (left_at IS NULL OR left_at >= :earliest_end)
ORDER BY joined_at;
