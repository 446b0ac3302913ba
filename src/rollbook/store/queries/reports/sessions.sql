-- Pages of a list of sessions, newest first. Each goes on at a place: before the session that joined
-- at :before_at with the id :before_id. No session after that place is in the range, so that all of
-- it can be read from an index; titles are subqueries for the reason told in overviews.sql.

-- part: listed
-- A session and everything that a list shows of it.
s.session_id, s.participant_id, s.room_id,
       (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = s.room_id),
       s.joined_at, s.joined_by, s.left_at, s.left_by, s.ip_address

-- part: onward
-- Within the range, and after the place where the page begins.
s.joined_at >= :range_start AND s.joined_at < :range_end
  AND (s.joined_at < :before_at OR s.session_id < :before_id)

-- name: page_of_person
-- Sessions of a person, in all rooms or in one.
SELECT {{listed}}
FROM session s
WHERE s.org_id = :org_id AND s.participant_id = :participant_id
  AND {{onward}}
  AND (CAST(:room_id AS text) IS NULL OR s.room_id = :room_id)
  AND (CAST(:ended AS text) IS NULL OR s.left_at IS NOT NULL)
  AND s.voided IS NULL
ORDER BY s.joined_at DESC, s.session_id DESC
LIMIT :most;

-- name: page_of_room
-- Everybody's sessions in a room.
SELECT {{listed}}
FROM session s
WHERE s.org_id = :org_id AND s.room_id = :room_id
  AND {{onward}}
  AND (CAST(:ended AS text) IS NULL OR s.left_at IS NOT NULL)
  AND s.participant_id IS NOT NULL AND s.voided IS NULL
ORDER BY s.joined_at DESC, s.session_id DESC
LIMIT :most;

-- name: page_of_everybody
-- Everybody's sessions in all rooms.
SELECT {{listed}}
FROM session s
WHERE s.org_id = :org_id
  AND {{onward}}
  AND (CAST(:ended AS text) IS NULL OR s.left_at IS NOT NULL)
  AND s.participant_id IS NOT NULL AND s.voided IS NULL
ORDER BY s.joined_at DESC, s.session_id DESC
LIMIT :most;

-- name: page_of_running
-- Sessions that run, of everybody or a person, in all rooms or in one. They are few.
SELECT {{listed}}
FROM session s
WHERE s.org_id = :org_id AND s.left_at IS NULL
  AND {{onward}}
  AND (CAST(:participant_id AS text) IS NULL OR s.participant_id = :participant_id)
  AND (CAST(:room_id AS text) IS NULL OR s.room_id = :room_id)
  AND s.participant_id IS NOT NULL AND s.voided IS NULL
ORDER BY s.joined_at DESC, s.session_id DESC
LIMIT :most;
