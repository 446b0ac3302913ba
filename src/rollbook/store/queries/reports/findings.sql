-- part: found_until
-- When a session of the range ended; one that runs lasts until :now.
COALESCE(s.left_at, :now)

-- part: in_range
s.org_id = :org_id AND s.joined_at >= :range_start AND s.joined_at < :range_end
    AND s.participant_id IS NOT NULL AND s.voided IS NULL

-- part: range_alone (sqlite)
-- SQLite, which counts nothing beforehand, would read all that ever was, for its order by room.
INDEXED BY session_by_join

-- part: range_alone (postgres)

-- name: two_places_at_once
-- People who came into a room while they were in another one, and were in both for longer than :least: the
-- newest of a range. Who joined longer before than :longest is not looked for. (To SQLite the casts are to
-- INTEGER.)
SELECT b.participant_id,
       (SELECT {{name}} FROM participant p
        WHERE p.org_id = :org_id AND p.participant_id = b.participant_id),
       a.session_id, a.room_id,
       (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = a.room_id),
       b.session_id, b.room_id,
       (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = b.room_id),
       b.joined_at,
       CASE WHEN COALESCE(a.left_at, :now) < COALESCE(b.left_at, :now)
            THEN COALESCE(a.left_at, :now) ELSE COALESCE(b.left_at, :now) END
FROM session b CROSS JOIN session a
WHERE b.org_id = :org_id AND b.joined_at >= :range_start AND b.joined_at < :range_end
  AND b.participant_id IS NOT NULL AND b.voided IS NULL
  AND a.org_id = :org_id AND a.participant_id = b.participant_id
  AND a.joined_at <= b.joined_at AND a.joined_at >= b.joined_at - CAST(:longest AS interval)
  AND a.voided IS NULL AND a.room_id <> b.room_id
  AND (a.joined_at < b.joined_at OR a.session_id < b.session_id)
  AND COALESCE(a.left_at, :now) > b.joined_at + CAST(:least AS interval)
  AND COALESCE(b.left_at, :now) > b.joined_at + CAST(:least AS interval)
ORDER BY b.joined_at DESC, b.session_id DESC
LIMIT :most;

-- part: of_several
-- Rooms and addresses that several people had there: few of all, and only theirs are put in order.
SELECT s.room_id, s.ip_address
                FROM session s {{range_alone}}
                WHERE {{in_range}} AND s.ip_address IS NOT NULL
                GROUP BY s.room_id, s.ip_address
                HAVING MIN(s.participant_id) <> MAX(s.participant_id)

-- name: addresses_shared
-- Where several people were in one room from one address while the sessions from it there touched each
-- other: the newest of a range.
SELECT i.room_id, (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = i.room_id),
       i.ip_address, i.people, i.began, i.ended
FROM (
    SELECT m.room_id, m.ip_address, COUNT(DISTINCT m.participant_id) AS people,
           MIN(m.joined_at) AS began, MAX(m.until) AS ended
    FROM (
        SELECT c.room_id, c.ip_address, c.participant_id, c.joined_at, c.until,
               SUM(CASE WHEN c.covered > c.joined_at THEN 0 ELSE 1 END)
                   OVER (PARTITION BY c.room_id, c.ip_address ORDER BY c.joined_at, c.until, c.session_id
                         ROWS UNBOUNDED PRECEDING) AS island
        FROM (
            SELECT s.session_id, s.room_id, s.ip_address, s.participant_id, s.joined_at,
                   {{found_until}} AS until,
                   MAX({{found_until}})
                       OVER (PARTITION BY s.room_id, s.ip_address
                             ORDER BY s.joined_at, {{found_until}}, s.session_id
                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
            FROM session s
            WHERE {{in_range}} AND (s.room_id, s.ip_address) IN ({{of_several}})
        ) c
    ) m
    GROUP BY m.room_id, m.ip_address, m.island
    HAVING MIN(m.participant_id) <> MAX(m.participant_id)
    ORDER BY MIN(m.joined_at) DESC, m.room_id, m.ip_address
    LIMIT :most
) i
ORDER BY i.began DESC, i.room_id, i.ip_address;

-- name: rooms_without_teacher
-- Rooms that were used in a range and in which nobody was who teaches, most people first.
SELECT u.room_id, (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = u.room_id),
       u.people, u.sessions, u.last_join
FROM (
    SELECT s.room_id, COUNT(DISTINCT s.participant_id) AS people, COUNT(*) AS sessions,
           MAX(s.joined_at) AS last_join
    FROM session s {{range_alone}}
    WHERE {{in_range}}
    GROUP BY s.room_id
) u
WHERE u.room_id NOT IN (
    SELECT s.room_id
    FROM (
        SELECT p.participant_id, {{role}} AS role FROM participant p WHERE p.org_id = :org_id
    ) p CROSS JOIN session s
    WHERE p.role = 'TEACHER' AND s.participant_id = p.participant_id AND {{in_range}}
)
ORDER BY u.people DESC, u.room_id
LIMIT :most;

-- part: days_of_school (sqlite)
SELECT json_extract(d.value, '$[2]') AS day, json_extract(d.value, '$[0]') AS day_start,
       json_extract(d.value, '$[1]') AS day_end
    FROM json_each(:days) d

-- part: days_of_school (postgres)
SELECT jsonb_array_element_text(d.value, 2) AS day,
       timestamptz 'epoch' + CAST(jsonb_array_element_text(d.value, 0) AS bigint) / 1000 * interval '1 second'
           + CAST(jsonb_array_element_text(d.value, 0) AS bigint) % 1000 * interval '1 millisecond' AS day_start,
       timestamptz 'epoch' + CAST(jsonb_array_element_text(d.value, 1) AS bigint) / 1000 * interval '1 second'
           + CAST(jsonb_array_element_text(d.value, 1) AS bigint) % 1000 * interval '1 millisecond' AS day_end
    FROM jsonb_array_elements(CAST(:days AS jsonb)) d

-- name: seen_by_day
-- Of those who belonged to rooms on days on which these were used: how many there are, and how many were
-- seen there on less than :share percent of those days. :days are pairs of instants, and the day's name.
-- In SQLite the CROSS JOIN keeps its order: of each room and day its roster, not all days for each of all people.
WITH there AS (
    SELECT DISTINCT d.day, s.room_id, s.participant_id
    FROM ({{days_of_school}}) d CROSS JOIN session s
    WHERE s.org_id = :org_id AND s.joined_at >= d.day_start AND s.joined_at < d.day_end
      AND s.participant_id IS NOT NULL AND s.voided IS NULL
), used AS (
    SELECT DISTINCT t.day, t.room_id FROM there t
), belonged AS (
    SELECT m.room_id, m.participant_id, COUNT(*) AS days, COUNT(t.participant_id) AS seen
    FROM used u CROSS JOIN roster m
    LEFT JOIN there t ON t.room_id = m.room_id AND t.day = u.day
        AND t.participant_id = m.participant_id
    WHERE m.org_id = :org_id AND m.room_id = u.room_id AND u.day >= m.first_day
        AND (m.last_day IS NULL OR u.day <= m.last_day)
    GROUP BY m.room_id, m.participant_id
)
SELECT COUNT(*), COALESCE(SUM(CASE WHEN b.seen * 100 < CAST(:share AS bigint) * b.days THEN 1 ELSE 0 END), 0)
FROM belonged b;
