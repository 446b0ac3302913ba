-- part: reported
-- A person's sessions that joined within a range, in all rooms or in one. Names and titles are
-- subqueries, as PostgreSQL may hash a joined table and then has to sort.
SELECT s.room_id,
       (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = s.room_id),
       s.joined_at, s.left_at, s.ip_address,
       (SELECT {{name}} FROM participant p
        WHERE p.org_id = :org_id AND p.participant_id = :participant_id),
       (SELECT {{role}} FROM participant p
        WHERE p.org_id = :org_id AND p.participant_id = :participant_id)
FROM session s
WHERE s.org_id = :org_id
  AND s.participant_id = :participant_id
  AND s.joined_at >= :range_start
  AND s.joined_at < :range_end
  AND s.voided IS NULL
  AND (CAST(:room_id AS text) IS NULL OR s.room_id = :room_id)

-- name: sessions_newest_first
-- The sessions of a person that joined within a range, latest join first: the hot statement.
{{reported}}
ORDER BY s.joined_at DESC, s.session_id DESC
LIMIT :most;

-- name: sessions_oldest_first
-- The same sessions, earliest join first: the rows of a CSV.
{{reported}}
ORDER BY s.joined_at, s.session_id
LIMIT :most;

-- name: profile
-- The latest known name and role of a person, also of one without sessions in the range.
SELECT {{name}}, {{role}} FROM participant p
WHERE p.org_id = :org_id AND p.participant_id = :participant_id;

-- name: room_title
-- The latest known title of a room.
SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = :room_id;
