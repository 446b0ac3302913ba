-- name: take_lease
-- Take or renew a lease, unless another holder has it still. Names no organization: a lease is
-- the service's own, and only one of its processes may do the work of all organizations.
INSERT INTO lease (name, holder, held_until) VALUES (:name, :holder, :held_until)
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder,
    held_until = excluded.held_until
WHERE lease.holder = excluded.holder OR lease.held_until <= :now;

-- name: give_up_lease
-- End a lease before its time, so that the next holder need not wait for it. Names no
-- organization, as above.
DELETE FROM lease WHERE name = :name AND holder = :holder;

-- name: session_timeouts
-- Every organization and how long its sessions may be open. Crosses tenants, since upkeep is the
-- service's own work: no route uses it.
SELECT org_id, session_timeout_seconds FROM organization ORDER BY org_id;

-- name: set_session_timeout
-- How long sessions of an organization may be open.
UPDATE organization SET session_timeout_seconds = :session_timeout_seconds
WHERE org_id = :org_id;

-- name: overdue_sessions
-- Sessions of a source that are open since too long, the oldest first. Of whom an event has only
-- just arrived is left alone: old events may still be on their way in, and a leave among them.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id AND left_at IS NULL
  AND joined_at <= :joined_until
  AND NOT EXISTS (
      SELECT 1 FROM event e
      WHERE e.org_id = :org_id AND e.session_id = session.session_id
        AND e.received_at > :joined_until)
ORDER BY joined_at, session_id
LIMIT :most;

-- name: open_sessions
-- Sessions of a source that run.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id AND left_at IS NULL
  AND joined_at IS NOT NULL;

-- name: sightings
-- What looks showed of the sessions of a source; who is not missed was seen in the last one.
SELECT s.session_id, COALESCE(s.seen_at, l.looked_at), s.missed_at
FROM sighting s
JOIN look l ON l.org_id = s.org_id AND l.source_id = s.source_id
WHERE s.org_id = :org_id AND s.source_id = :source_id;

-- name: note_look
-- When a source's platform was last looked at.
INSERT INTO look (org_id, source_id, looked_at) VALUES (:org_id, :source_id, :looked_at)
ON CONFLICT (org_id, source_id) DO UPDATE SET looked_at = excluded.looked_at;

-- name: note_sighting
-- What the last look showed of a session.
INSERT INTO sighting (org_id, source_id, session_id, seen_at, missed_at)
VALUES (:org_id, :source_id, :session_id, :seen_at, :missed_at)
ON CONFLICT (org_id, source_id, session_id) DO UPDATE SET
    seen_at = excluded.seen_at,
    missed_at = excluded.missed_at;

-- name: forget_sighting
-- A session is over, so looks have nothing to say of it any more.
DELETE FROM sighting
WHERE org_id = :org_id AND source_id = :source_id AND session_id = :session_id;

-- name: rooms_after
-- The next rooms that events of a source tell of, and how many events each.
SELECT room_id, COUNT(*) FROM event
WHERE org_id = :org_id AND source_id = :source_id AND room_id > :room_id
GROUP BY room_id
ORDER BY room_id
LIMIT :most;

-- name: events_of_rooms
-- All events of a source about these rooms: what a rebuild replays.
SELECT event_id, session_id, facts FROM event
WHERE org_id = :org_id AND source_id = :source_id
  AND room_id {{in:room_ids}};

-- name: events_elsewhere
-- Events about these sessions that name other rooms than these: a platform may tell one presence
-- in two rooms. The source is in the session's id; naming it too would mislead the planner.
SELECT event_id, session_id, facts FROM event
WHERE org_id = :org_id
  AND session_id {{in:session_ids}}
  AND NOT (room_id {{in:room_ids}});

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

-- name: remove_session
-- A session that the events do not tell, or that is about to be written anew.
DELETE FROM session WHERE org_id = :org_id AND session_id = :session_id;

-- name: remove_room_end
-- An end of a room that no event tells.
DELETE FROM room_end
WHERE org_id = :org_id AND source_id = :source_id AND room_id = :room_id
  AND instance_id = :instance_id AND ended_at = :ended_at;
