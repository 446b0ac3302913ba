-- name: attendance_rules
-- The attendance rules of a room and of its organization, as far as they are set.
SELECT room_id, share, late, early, gap, set_by, set_at FROM attendance_rule
WHERE org_id = :org_id AND room_id IN ('', :room_id);

-- name: set_attendance_rule
-- Set the attendance rule of a room or an organization.
INSERT INTO attendance_rule (org_id, room_id, share, late, early, gap, set_by, set_at)
VALUES (:org_id, :room_id, :share, :late, :early, :gap, :set_by, :set_at)
ON CONFLICT (org_id, room_id) DO UPDATE SET
    share = excluded.share,
    late = excluded.late,
    early = excluded.early,
    gap = excluded.gap,
    set_by = excluded.set_by,
    set_at = excluded.set_at;

-- name: clear_attendance_rule
-- From now on a room has the rule of its organization, or an organization that of all.
DELETE FROM attendance_rule WHERE org_id = :org_id AND room_id = :room_id;

-- name: kept_classes
-- What holds of what was said of the classes of a room between two instants; none of them is longer
-- than from earliest_begin to range_start.
SELECT began_at, ended_at, held, said_id, said_by, said_at, note FROM kept_class
WHERE org_id = :org_id AND room_id = :room_id
  AND began_at >= :earliest_begin AND began_at < :range_end AND ended_at > :range_start
  AND withdrawn_at IS NULL
ORDER BY began_at;

-- name: kept_class
-- One of them, by its id.
SELECT began_at, ended_at, held, said_id, said_by, said_at, note FROM kept_class
WHERE org_id = :org_id AND room_id = :room_id AND said_id = :said_id AND withdrawn_at IS NULL;

-- name: add_kept_class
-- Somebody says when a class was, or that none was.
INSERT INTO kept_class
    (org_id, room_id, began_at, said_id, ended_at, held, note, said_by, said_at)
VALUES (:org_id, :room_id, :began_at, :said_id, :ended_at, :held, :note, :said_by, :said_at);

-- name: withdraw_kept_class
-- Somebody takes that back.
UPDATE kept_class SET withdrawn_by = :withdrawn_by, withdrawn_at = :withdrawn_at
WHERE org_id = :org_id AND room_id = :room_id AND said_id = :said_id AND withdrawn_at IS NULL;

-- name: excuses_in_room
-- What holds of the excuses for days in a room, with those for all rooms; none of them is longer than
-- from last_day to latest_end.
SELECT participant_id, room_id, first_day, last_day, class_at, said_id, said_by, said_at, note
FROM excuse
WHERE org_id = :org_id AND room_id IN ('', :room_id)
  AND last_day >= :first_day AND last_day <= :latest_end AND first_day <= :last_day
  AND withdrawn_at IS NULL
LIMIT :most;

-- name: excuses_of_person
-- What holds of the excuses of a person.
SELECT participant_id, room_id, first_day, last_day, class_at, said_id, said_by, said_at, note
FROM excuse
WHERE org_id = :org_id AND participant_id = :participant_id AND withdrawn_at IS NULL
ORDER BY first_day, said_at, said_id;

-- name: add_excuse
-- Somebody is excused.
INSERT INTO excuse
    (org_id, participant_id, said_id, room_id, first_day, last_day, class_at, note, said_by, said_at)
VALUES (:org_id, :participant_id, :said_id, :room_id, :first_day, :last_day, :class_at, :note,
        :said_by, :said_at);

-- name: withdraw_excuse
-- Somebody takes that back.
UPDATE excuse SET withdrawn_by = :withdrawn_by, withdrawn_at = :withdrawn_at
WHERE org_id = :org_id AND participant_id = :participant_id AND said_id = :said_id
  AND withdrawn_at IS NULL;

-- name: classes_ever_kept
-- What was ever said of the classes of a room, also what was taken back, the latest first.
SELECT began_at, ended_at, held, said_id, said_by, said_at, note, withdrawn_by, withdrawn_at FROM kept_class
WHERE org_id = :org_id AND room_id = :room_id
ORDER BY said_at DESC, said_id
LIMIT :most;

-- name: excuses_ever_in_room
-- The same of the excuses for this room alone.
SELECT participant_id, room_id, first_day, last_day, class_at, said_id, said_by, said_at, note,
       withdrawn_by, withdrawn_at
FROM excuse
WHERE org_id = :org_id AND room_id = :room_id
ORDER BY said_at DESC, said_id
LIMIT :most;
