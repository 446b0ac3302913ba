-- name: schedule
-- All that was ever planned for a room.
SELECT kind, first_day, last_day, weekday, replaces, starts, ends, title
FROM schedule
WHERE org_id = :org_id AND room_id = :room_id
ORDER BY entry;

-- name: clear_schedule
-- Forget what is planned for a room, before it is said anew.
DELETE FROM schedule WHERE org_id = :org_id AND room_id = :room_id;

-- name: add_entries
-- What is planned for a room.
INSERT INTO schedule (org_id, room_id, entry, kind, first_day, last_day, weekday, replaces, starts, ends, title)
{{rows:org_id text, room_id text, entry count, kind text, first_day text, last_day text, weekday small,
       replaces text, starts text, ends text, title text}};
