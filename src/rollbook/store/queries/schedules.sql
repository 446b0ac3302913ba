-- name: schedule
-- All that was ever planned for a room.
SELECT kind, first_day, last_day, weekday, replaces, starts, ends, title
FROM schedule
WHERE org_id = :org_id AND room_id = :room_id
ORDER BY entry;

-- name: schedules_of_rooms
-- What is planned for the rooms of an organization on some days, room after room.
SELECT e.room_id, (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = e.room_id),
       e.kind, e.first_day, e.last_day, e.weekday, e.replaces, e.starts, e.ends, e.title
FROM (
    SELECT room_id, entry, kind, first_day, last_day, weekday, replaces, starts, ends, title
    FROM schedule
    WHERE org_id = :org_id AND first_day <= :last_day
      AND (last_day >= :first_day OR (last_day IS NULL AND kind = 'weekly') OR first_day >= :first_day)
    ORDER BY room_id, entry
    LIMIT :most
) e
ORDER BY e.room_id, e.entry;

-- name: clear_schedule
-- Forget what is planned for a room, before it is said anew.
DELETE FROM schedule WHERE org_id = :org_id AND room_id = :room_id;

-- name: add_entries
-- What is planned for a room.
INSERT INTO schedule (org_id, room_id, entry, kind, first_day, last_day, weekday, replaces, starts, ends, title)
{{rows:org_id text, room_id text, entry count, kind text, first_day text, last_day text, weekday small,
       replaces text, starts text, ends text, title text}};
