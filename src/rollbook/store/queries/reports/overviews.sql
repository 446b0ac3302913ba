-- part: shown
-- A session and everything that a page shows of it.
s.session_id, s.participant_id,
       (SELECT {{name}} FROM participant p
        WHERE p.org_id = :org_id AND p.participant_id = s.participant_id),
       (SELECT {{role}} FROM participant p
        WHERE p.org_id = :org_id AND p.participant_id = s.participant_id),
       s.room_id,
       (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = s.room_id),
       s.joined_at, s.left_at, s.ip_address

-- name: stays_of_person
-- A person's sessions that joined within a range, newest first. Names and titles are subqueries here
-- and below: joined, PostgreSQL may read all people for each session until it has analyzed them.
SELECT s.session_id, s.participant_id,
       (SELECT {{name}} FROM participant p
        WHERE p.org_id = :org_id AND p.participant_id = :participant_id),
       (SELECT {{role}} FROM participant p
        WHERE p.org_id = :org_id AND p.participant_id = :participant_id),
       s.room_id,
       (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = s.room_id),
       s.joined_at, s.left_at, s.ip_address
FROM session s
WHERE s.org_id = :org_id AND s.participant_id = :participant_id
  AND s.joined_at >= :range_start AND s.joined_at < :range_end AND s.voided IS NULL
ORDER BY s.joined_at DESC, s.session_id DESC
LIMIT :most;

-- name: stays_in_room
-- Everybody's sessions in a room that joined within a range, newest first.
SELECT {{shown}}
FROM session s
WHERE s.org_id = :org_id AND s.room_id = :room_id
  AND s.joined_at >= :range_start AND s.joined_at < :range_end AND s.voided IS NULL
  AND s.participant_id IS NOT NULL
ORDER BY s.joined_at DESC, s.session_id DESC
LIMIT :most;

-- name: stays_running
-- Everybody who is in a room now, latest join first. They are few, whatever the ledger holds.
SELECT {{shown}}
FROM session s
WHERE s.org_id = :org_id AND s.left_at IS NULL
  AND s.joined_at IS NOT NULL AND s.participant_id IS NOT NULL
ORDER BY s.joined_at DESC, s.session_id DESC
LIMIT :most;

-- name: latest_joins
-- When these people were last seen to join; the ids come as a JSON array.
SELECT participant_id, MAX(joined_at) FROM session
WHERE org_id = :org_id AND participant_id {{in:participant_ids}} AND voided IS NULL
GROUP BY participant_id;

-- name: latest_join_in_room
-- When somebody last joined a room; no row is a room that nobody ever joined.
SELECT joined_at FROM session
WHERE org_id = :org_id AND room_id = :room_id AND joined_at IS NOT NULL AND voided IS NULL
ORDER BY joined_at DESC
LIMIT 1;

-- name: joins_around
-- When somebody last joined a room before a range, and first after it; one row, of NULLs where nobody did.
SELECT (SELECT s.joined_at FROM session s
        WHERE s.org_id = :org_id AND s.room_id = :room_id AND s.joined_at < :range_start
          AND s.voided IS NULL AND s.participant_id IS NOT NULL
        ORDER BY s.joined_at DESC LIMIT 1),
       (SELECT s.joined_at FROM session s
        WHERE s.org_id = :org_id AND s.room_id = :room_id AND s.joined_at >= :range_end
          AND s.voided IS NULL AND s.participant_id IS NOT NULL
        ORDER BY s.joined_at LIMIT 1);

-- name: sharing_addresses
-- Others who were in the same room from the same address while a person was there, as far as the
-- person's newest sessions of a range go. Who joined longer before than :longest is not looked for,
-- so that a room's whole history is not read for each session. (To SQLite the cast is one to INTEGER.)
SELECT DISTINCT o.participant_id,
       (SELECT {{name}} FROM participant p
        WHERE p.org_id = :org_id AND p.participant_id = o.participant_id),
       o.ip_address
FROM (
    SELECT org_id, participant_id, room_id, ip_address, joined_at, left_at FROM session
    WHERE org_id = :org_id AND participant_id = :participant_id
      AND joined_at >= :range_start AND joined_at < :range_end AND ip_address IS NOT NULL
      AND voided IS NULL
    ORDER BY joined_at DESC, session_id DESC
    LIMIT :most
) s
JOIN session o ON o.org_id = s.org_id AND o.room_id = s.room_id
    AND o.ip_address = s.ip_address AND o.participant_id <> s.participant_id
    AND o.joined_at >= s.joined_at - CAST(:longest AS interval)
    AND o.joined_at < COALESCE(s.left_at, :range_end)
    AND (o.left_at IS NULL OR o.left_at > s.joined_at)
    AND o.voided IS NULL
WHERE o.org_id = :org_id
ORDER BY o.participant_id, o.ip_address;
