-- part: until
-- When a session ended; one that runs, or whose end is still to come, lasts until :now.
CASE WHEN s.left_at IS NULL OR (s.joined_at <= :now AND s.left_at > :now) THEN :now ELSE s.left_at END

-- part: seconds (sqlite)
-- How long a session was, in whole seconds, and never less than none.
MAX({{until}} - s.joined_at, 0) / 1000

-- part: seconds (postgres)
CAST(floor(greatest(date_part('epoch', {{until}} - s.joined_at), 0)) AS bigint)

-- part: range
-- Whose sessions count: everybody's that joined within a range.
s.org_id = :org_id AND s.joined_at >= :range_start AND s.joined_at < :range_end
    AND s.participant_id IS NOT NULL AND s.voided IS NULL

-- part: costs
-- What sessions add up to; what each costs is what domain/credits.py says.
COUNT(*) AS sessions,
       CAST(SUM(x.seconds) AS bigint) AS seconds,
       CAST(SUM(CASE WHEN x.seconds < :minimum_seconds THEN 0
                     ELSE (x.seconds + :added_seconds) / :credit_seconds END) AS bigint) AS credits

-- part: sums
-- The same, and how many of them run, and until when.
{{costs}},
       SUM(CASE WHEN x.left_at IS NULL THEN 1 ELSE 0 END) AS running,
       MAX(COALESCE(x.left_at, :now)) AS last_seen

-- part: person_by_person (sqlite)
-- Which index is read, where SQLite, which counts nothing beforehand, cannot know the shorter way.
INDEXED BY session_of_person

-- part: room_by_room (sqlite)
INDEXED BY session_in_room

-- part: range_alone (sqlite)
INDEXED BY session_by_join

-- part: person_by_person (postgres)

-- part: room_by_room (postgres)

-- part: range_alone (postgres)

-- part: by_person
-- Two ways to one answer, of which one is gone: where the range is the most of what there is, all sessions
-- in the order of their index, group after group; and else those of the range alone, which are sorted.
SELECT x.participant_id, {{costs}}
    FROM (
        SELECT s.participant_id, {{seconds}} AS seconds
        FROM session s {{person_by_person}} WHERE {{range}} AND :few = 0
    ) x
    GROUP BY x.participant_id
    UNION ALL
    SELECT x.participant_id, {{costs}}
    FROM (
        SELECT s.participant_id, {{seconds}} AS seconds
        FROM session s {{range_alone}} WHERE {{range}} AND :few > 0
    ) x
    GROUP BY x.participant_id

-- part: by_room
SELECT x.room_id, {{costs}}
    FROM (
        SELECT s.room_id, s.left_at, {{seconds}} AS seconds
        FROM session s {{room_by_room}} WHERE {{range}} AND :few = 0
    ) x
    GROUP BY x.room_id
    UNION ALL
    SELECT x.room_id, {{costs}}
    FROM (
        SELECT s.room_id, s.left_at, {{seconds}} AS seconds
        FROM session s {{range_alone}} WHERE {{range}} AND :few > 0
    ) x
    GROUP BY x.room_id

-- part: by_room_with_people
SELECT x.room_id, COUNT(DISTINCT x.participant_id) AS people, {{sums}}
    FROM (
        SELECT s.room_id, s.participant_id, s.left_at, {{seconds}} AS seconds
        FROM session s {{room_by_room}} WHERE {{range}} AND :few = 0
    ) x
    GROUP BY x.room_id
    UNION ALL
    SELECT x.room_id, COUNT(DISTINCT x.participant_id) AS people, {{sums}}
    FROM (
        SELECT s.room_id, s.participant_id, s.left_at, {{seconds}} AS seconds
        FROM session s {{range_alone}} WHERE {{range}} AND :few > 0
    ) x
    GROUP BY x.room_id

-- part: span (sqlite)
-- The pairs of instants in the JSON array :spans, numbered from 0.
SELECT d.key AS number, json_extract(d.value, '$[0]') AS span_start,
       json_extract(d.value, '$[1]') AS span_end
    FROM json_each(:spans) d

-- part: span (postgres)
-- Seconds and milliseconds apart, so that no instant is reckoned with floating point.
SELECT d.number - 1 AS number,
       timestamptz 'epoch' + CAST(jsonb_array_element_text(d.span, 0) AS bigint) / 1000 * interval '1 second'
           + CAST(jsonb_array_element_text(d.span, 0) AS bigint) % 1000 * interval '1 millisecond' AS span_start,
       timestamptz 'epoch' + CAST(jsonb_array_element_text(d.span, 1) AS bigint) / 1000 * interval '1 second'
           + CAST(jsonb_array_element_text(d.span, 1) AS bigint) % 1000 * interval '1 millisecond' AS span_end
    FROM jsonb_array_elements(CAST(:spans AS jsonb)) WITH ORDINALITY d (span, number)

-- part: in_spans
-- Each span is looked up by itself: in SQLite a CROSS JOIN keeps its order.
FROM ({{span}}) d CROSS JOIN session s
        WHERE s.org_id = :org_id AND s.joined_at >= d.span_start AND s.joined_at < d.span_end
          AND s.participant_id IS NOT NULL AND s.voided IS NULL

-- part: once (sqlite)
-- What is in brackets is reckoned there, and not anew wherever it is used outside of them.
LIMIT -1

-- part: once (postgres)
OFFSET 0

-- part: half_of_all (sqlite)

-- part: half_of_all (postgres)
-- What is in brackets is planned by itself: of a column that comes out of there nothing is known.
OFFSET 0

-- name: first_and_last
-- When the first and the last session began; one row, of NULLs where there is none.
SELECT (SELECT s.joined_at FROM session s
        WHERE s.org_id = :org_id AND s.joined_at IS NOT NULL AND s.voided IS NULL
        ORDER BY s.joined_at LIMIT 1),
       (SELECT s.joined_at FROM session s
        WHERE s.org_id = :org_id AND s.joined_at IS NOT NULL AND s.voided IS NULL
        ORDER BY s.joined_at DESC LIMIT 1);

-- name: use_of_all
-- A range as a whole; always one row, and NULLs in it where there was no session.
SELECT {{sums}}, COUNT(DISTINCT x.participant_id) AS people, COUNT(DISTINCT x.room_id) AS rooms
FROM (
    SELECT s.participant_id, s.room_id, s.left_at, {{seconds}} AS seconds FROM session s WHERE {{range}}
) x;

-- name: use_by_span
-- Spans of time that do not overlap, by their numbers; those without sessions are left out.
SELECT x.number, {{costs}}
FROM (
    SELECT d.number, {{seconds}} AS seconds
        {{in_spans}} {{once}}
) x
GROUP BY x.number;

-- part: step (sqlite)
s.joined_at / :step

-- part: step (postgres)
CAST(floor(date_part('epoch', s.joined_at) * 1000 / CAST(:step AS bigint)) AS bigint)

-- name: use_by_step
-- The same by steps of equal length since 1970, of :step milliseconds: no span is looked up by itself, and
-- where the range is the most of what there is, an index that has all of it is read instead of the rows.
SELECT x.number, {{costs}}
FROM (
    SELECT {{step}} AS number, {{seconds}} AS seconds
    FROM session s {{room_by_room}} WHERE {{range}} AND :few = 0 {{once}}
) x
GROUP BY x.number
UNION ALL
SELECT x.number, {{costs}}
FROM (
    SELECT {{step}} AS number, {{seconds}} AS seconds
    FROM session s {{range_alone}} WHERE {{range}} AND :few > 0 {{once}}
) x
GROUP BY x.number;

-- name: people_by_span
-- How many people there were in each of a few of them: for each, whether one session of theirs is in it.
-- (With EXISTS, PostgreSQL would compare all sessions of a person with each span.)
WITH d AS MATERIALIZED (
    {{span}}
)
SELECT d.number, COUNT(*)
FROM d CROSS JOIN participant p
WHERE p.org_id = :org_id AND (
    SELECT 1 FROM session s
    WHERE s.org_id = :org_id AND s.participant_id = p.participant_id
      AND s.joined_at >= d.span_start AND s.joined_at < d.span_end AND s.voided IS NULL
    LIMIT 1) IS NOT NULL
GROUP BY d.number;

-- name: use_by_role
-- A range by what people are now, and how many of each there were.
SELECT u.role, COUNT(*) AS people,
       CAST(SUM(u.sessions) AS bigint), CAST(SUM(u.seconds) AS bigint), CAST(SUM(u.credits) AS bigint)
FROM (
    SELECT (SELECT {{role}} FROM participant p
            WHERE p.org_id = :org_id AND p.participant_id = u.participant_id) AS role,
           u.sessions, u.seconds, u.credits
    FROM ({{by_person}}) u
) u
GROUP BY u.role;

-- name: use_by_room
-- A range by room, most credits first, and how many rooms and credits there were in all.
SELECT u.room_id, (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = u.room_id),
       u.sessions, u.seconds, u.credits, u.rooms, u.credits_of_all
FROM (
    SELECT u.room_id, u.sessions, u.seconds, u.credits, COUNT(*) OVER () AS rooms,
           CAST(SUM(u.credits) OVER () AS bigint) AS credits_of_all
    FROM ({{by_room}}) u
    ORDER BY u.credits DESC, u.room_id
    LIMIT :most
) u
ORDER BY u.credits DESC, u.room_id;

-- part: taught
-- The rooms in which somebody was within a range.
SELECT t.room_id FROM session t
        WHERE t.org_id = :org_id AND t.participant_id = :teacher AND t.voided IS NULL
          AND t.joined_at >= :range_start AND t.joined_at < :range_end

-- part: seen
-- When people were last there, whatever the range is, and whether they are; of nobody where it is not asked for.
SELECT s.participant_id, MAX(COALESCE(s.left_at, :now)) AS last_seen,
           SUM(CASE WHEN s.left_at IS NULL THEN 1 ELSE 0 END) AS running
    FROM session s {{person_by_person}}
    WHERE s.org_id = :org_id AND s.joined_at IS NOT NULL AND s.participant_id IS NOT NULL
      AND s.voided IS NULL AND :seen > 0
    GROUP BY s.participant_id

-- part: direction
-- The order that is asked for, by whichever of these is not the same for all.
CASE WHEN :descending THEN k.by_number END DESC NULLS LAST,
                        CASE WHEN :descending THEN k.by_instant END DESC NULLS LAST,
                        CASE WHEN :descending THEN k.by_name END DESC NULLS LAST,
                        k.by_number, k.by_instant NULLS FIRST, k.by_name

-- name: last_seen
-- When these people were last there, and how many of their sessions run; the ids come as a JSON array.
SELECT s.participant_id, MAX(COALESCE(s.left_at, :now)), SUM(CASE WHEN s.left_at IS NULL THEN 1 ELSE 0 END)
FROM session s
WHERE s.org_id = :org_id AND s.participant_id {{in:participant_ids}}
  AND s.joined_at IS NOT NULL AND s.voided IS NULL
GROUP BY s.participant_id;

-- name: people_found
-- A page of the people who have all :words in their id or name and are what else is asked for, and before each
-- of them the sums of all that were found. There is always a row: without a person, where the page has none.
-- Who is wanted is a column, as PostgreSQL takes it for half of all then: by the condition it expects one person,
-- and compares each that it finds with the sums of everybody. A teacher's people come once each: of as many as
-- there are sessions, it would make no table to look them up in.
WITH found AS (
    SELECT p.participant_id, p.name, p.role, COALESCE(u.sessions, 0) AS sessions,
           COALESCE(u.seconds, 0) AS seconds, COALESCE(u.credits, 0) AS credits,
           COALESCE(e.running, 0) AS running, e.last_seen
    FROM (
        SELECT p.participant_id, p.name, p.role
        FROM (
            SELECT p.participant_id, p.name, p.role,
                   (:words = '[]' OR {{holds:p.participant_id, p.name}}) AS wanted
            FROM (
                SELECT p.participant_id, {{name}} AS name, {{role}} AS role
                FROM participant p WHERE p.org_id = :org_id
            ) p
            {{half_of_all}}
        ) p
        WHERE p.wanted AND (:role = '' OR COALESCE(p.role, 'unknown') = :role)
          AND (:teacher = '' OR p.participant_id IN (
              SELECT DISTINCT s.participant_id
              FROM session s {{room_by_room}} WHERE {{range}} AND s.room_id IN ({{taught}})))
    ) p
    LEFT JOIN ({{by_person}}) u ON u.participant_id = p.participant_id
    LEFT JOIN ({{seen}}) e ON e.participant_id = p.participant_id
), keyed AS (
    SELECT f.participant_id, f.name, f.role, f.sessions, f.seconds, f.credits, f.running, f.last_seen,
           CASE CAST(:sort AS text)
               WHEN 'seen' THEN CASE WHEN f.running > 0 THEN 1 ELSE 0 END
               WHEN 'sessions' THEN f.sessions
               WHEN 'time' THEN f.seconds
               WHEN 'credits' THEN f.credits
           END AS by_number,
           CASE CAST(:sort AS text) WHEN 'seen' THEN f.last_seen END AS by_instant,
           CASE CAST(:sort AS text) WHEN 'name' THEN {{plain:f.shown}} END AS by_name
    FROM (
        SELECT f.participant_id, f.name, f.role, f.sessions, f.seconds, f.credits, f.running, f.last_seen,
               COALESCE(NULLIF(f.name, ''), f.participant_id) AS shown
        FROM found f
    ) f
    WHERE :there = 0 OR f.sessions > 0
), placed AS (
    SELECT k.participant_id, k.name, k.role, k.sessions, k.seconds, k.credits, k.running, k.last_seen,
           ROW_NUMBER() OVER (ORDER BY {{direction}}, k.participant_id) AS place
    FROM keyed k
)
SELECT t.people, t.sessions, t.seconds, t.credits,
       f.participant_id, f.name, f.role, f.sessions, f.seconds, f.credits, f.running, f.last_seen
FROM (
    SELECT COUNT(*) AS people, CAST(SUM(f.sessions) AS bigint) AS sessions,
           CAST(SUM(f.seconds) AS bigint) AS seconds, CAST(SUM(f.credits) AS bigint) AS credits
    FROM placed f
) t
LEFT JOIN placed f ON f.place > :skipped AND f.place <= :last
ORDER BY f.place;

-- name: rooms_found
-- The same of the rooms that were used in a range and have all :words in their id or title.
WITH found AS (
    SELECT u.room_id, u.title, u.people, u.sessions, u.seconds, u.credits, u.running, u.last_seen
    FROM (
        SELECT u.room_id,
               (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = u.room_id) AS title,
               u.people, u.sessions, u.seconds, u.credits, u.running, u.last_seen
        FROM ({{by_room_with_people}}) u
    ) u
    WHERE (:words = '[]' OR {{holds:u.room_id, u.title}})
      AND (:teacher = '' OR u.room_id IN ({{taught}}))
), keyed AS (
    SELECT f.room_id, f.title, f.people, f.sessions, f.seconds, f.credits, f.running, f.last_seen,
           CASE CAST(:sort AS text)
               WHEN 'people' THEN f.people
               WHEN 'sessions' THEN f.sessions
               WHEN 'time' THEN f.seconds
               WHEN 'credits' THEN f.credits
           END AS by_number,
           CASE CAST(:sort AS text) WHEN 'used' THEN f.last_seen END AS by_instant,
           CASE CAST(:sort AS text) WHEN 'title' THEN {{plain:f.shown}} END AS by_name
    FROM (
        SELECT f.room_id, f.title, f.people, f.sessions, f.seconds, f.credits, f.running, f.last_seen,
               COALESCE(NULLIF(f.title, ''), f.room_id) AS shown
        FROM found f
    ) f
), placed AS (
    SELECT k.room_id, k.title, k.people, k.sessions, k.seconds, k.credits, k.running, k.last_seen,
           ROW_NUMBER() OVER (ORDER BY {{direction}}, k.room_id) AS place
    FROM keyed k
)
SELECT t.rooms, t.sessions, t.seconds, t.credits,
       f.room_id, f.title, f.people, f.sessions, f.seconds, f.credits, f.running, f.last_seen
FROM (
    SELECT COUNT(*) AS rooms, CAST(SUM(f.sessions) AS bigint) AS sessions,
           CAST(SUM(f.seconds) AS bigint) AS seconds, CAST(SUM(f.credits) AS bigint) AS credits
    FROM placed f
) t
LEFT JOIN placed f ON f.place > :skipped AND f.place <= :last
ORDER BY f.place;

-- part: merged (sqlite)
-- How much of each session no earlier one of the same person covers, in all: time as it passed on the clock.
SUM(MAX(x.until - MAX(x.joined_at, COALESCE(x.covered, x.joined_at)), 0)) / 1000

-- part: merged (postgres)
CAST(floor(date_part('epoch', SUM(greatest(x.until - greatest(x.joined_at, x.covered), interval '0'))))
            AS bigint)

-- name: use_of_room
-- What became of a room, in a range; always one row, and NULLs in it where there was no session. The last
-- value is 1 where anything was ever told of a room of that id.
SELECT (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = :room_id),
       CAST(SUM(u.sessions) AS bigint), CAST(SUM(u.seconds) AS bigint), CAST(SUM(u.credits) AS bigint),
       CAST(SUM(u.running) AS bigint), MAX(u.last_seen), COUNT(*),
       CAST(SUM(CASE WHEN u.merged < u.seconds THEN u.merged ELSE u.seconds END) AS bigint),
       MIN(u.first_join),
       CASE WHEN EXISTS (SELECT 1 FROM room r WHERE r.org_id = :org_id AND r.room_id = :room_id)
              OR EXISTS (SELECT 1 FROM session s
                         WHERE s.org_id = :org_id AND s.room_id = :room_id
                           AND s.joined_at IS NOT NULL AND s.voided IS NULL)
            THEN 1 ELSE 0 END
FROM (
    SELECT x.participant_id, {{sums}}, {{merged}} AS merged, MIN(x.joined_at) AS first_join
    FROM (
        SELECT s.participant_id, s.joined_at, s.left_at, {{seconds}} AS seconds, {{until}} AS until,
               MAX({{until}}) OVER (PARTITION BY s.participant_id ORDER BY s.joined_at, {{until}}
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
        FROM session s WHERE {{range}} AND s.room_id = :room_id
    ) x
    GROUP BY x.participant_id
) u;

-- name: use_of_person
-- What a person's sessions in a range add up to, room by room, in all rooms or in one.
SELECT u.room_id, (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = u.room_id),
       u.latest_join, u.sessions, u.seconds, u.credits
FROM (
    SELECT x.room_id, MAX(x.joined_at) AS latest_join, {{costs}}
    FROM (
        SELECT s.room_id, s.joined_at, {{seconds}} AS seconds
        FROM session s {{person_by_person}}
        WHERE {{range}} AND s.participant_id = :participant_id
          AND (CAST(:room_id AS text) IS NULL OR s.room_id = :room_id)
        {{once}}
    ) x
    GROUP BY x.room_id
) u;

-- name: teachers
-- The teachers of a range, by name, at most :most of them.
SELECT p.participant_id, p.name
FROM (
    SELECT p.participant_id, p.name, COALESCE(NULLIF(p.name, ''), p.participant_id) AS shown
    FROM (
        SELECT p.participant_id, {{name}} AS name, {{role}} AS role
        FROM participant p WHERE p.org_id = :org_id
    ) p
    WHERE p.role = 'TEACHER' AND EXISTS (
        SELECT 1 FROM session s WHERE {{range}} AND s.participant_id = p.participant_id)
) p
ORDER BY {{plain:p.shown}}, p.participant_id
LIMIT :most;
