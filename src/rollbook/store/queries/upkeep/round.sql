-- name: take_lease
-- Take or renew a lease, unless another holder has it still. One that would last longer than any is
-- given was taken by a clock that went wrong, and counts for nothing. Names no organization: a lease is
-- the service's own, and only one of its processes may do the work of all organizations.
INSERT INTO lease (name, holder, held_until) VALUES (:name, :holder, :held_until)
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder,
    held_until = excluded.held_until
WHERE lease.holder = excluded.holder OR lease.held_until <= :now OR lease.held_until > :longest;

-- name: give_up_lease
-- End a lease before its time, so that the next holder need not wait for it. Names no
-- organization, as above.
DELETE FROM lease WHERE name = :name AND holder = :holder;

-- part: arrived (sqlite)
-- Not looked for in the order of arrival: after a busy hour all of an organization's events would be
-- passed over for each session.
+e.received_at

-- part: arrived (postgres)
(e.received_at + interval '0')

-- name: overdue_sessions
-- Sessions of a source that are open since too long, the oldest first. Of whom an event has only
-- just arrived is left alone: old events may still be on their way in, and a leave among them. What a
-- person says is no sign of that.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id AND left_at IS NULL
  AND joined_at <= :joined_until
  AND NOT EXISTS (
      SELECT 1 FROM event e
      WHERE e.org_id = :org_id
        AND e.session_id IN (session.session_id, substr(session.session_id, 1, {{shared}}))
        AND {{arrived}} > :joined_until AND e.event_type <> 'session.corrected')
ORDER BY joined_at, session_id
LIMIT :most;

-- name: timed_out_after
-- Sessions that were closed as open for too long, at an instant that is still to come.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND source_id = :source_id AND joined_at > :joined_after
  AND told_left_by = {{timedout}} AND told_left_at > :now
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

-- name: forget_quarters
-- What came of a source before an instant, by quarters of an hour, is not needed any more.
DELETE FROM source_quarter
WHERE org_id = :org_id AND source_id = :source_id AND began_at < :before;
