-- name: person_held
-- What is known of a person's name and role.
SELECT name, name_told_at, role, role_told_at, imported_name, imported_name_told_at, imported_role,
       imported_role_told_at
FROM participant WHERE org_id = :org_id AND participant_id = :uid;

-- name: imported_of_person
-- What files told of it.
SELECT i.import_id, f.file_name, i.name, i.name_told_at, i.role, i.role_told_at
FROM imported_person i
LEFT JOIN file_import f ON f.org_id = :org_id AND f.import_id = i.import_id
WHERE i.org_id = :org_id AND i.participant_id = :uid
ORDER BY i.import_id;

-- name: contexts_of_person
-- What applications told before they joined.
SELECT room_id, told_at, ip_address, user_agent FROM context
WHERE org_id = :org_id AND participant_id = :uid
ORDER BY told_at, room_id;

-- name: rosters_of_person
-- Which rooms they belong to.
SELECT room_id, first_day, last_day, name FROM roster
WHERE org_id = :org_id AND participant_id = :uid
ORDER BY room_id, first_day;

-- name: sessions_of_person
-- All their sessions, by their ids.
SELECT {{presence}} FROM session
WHERE org_id = :org_id AND participant_id = :uid;

-- name: all_events
-- Every event of an organization.
SELECT {{event}} FROM event WHERE org_id = :org_id;

-- name: count_of_person
-- How much is held of a person.
SELECT COUNT(*), COUNT(DISTINCT room_id), MIN(joined_at), MAX(joined_at) FROM session
WHERE org_id = :org_id AND participant_id = :uid;

-- name: rooms_that_name
-- Rooms that are called like somebody.
SELECT room_id, {{title}} FROM room r
WHERE r.org_id = :org_id
  AND (REPLACE(r.room_id, :text, '') <> r.room_id OR REPLACE({{title}}, :text, '') <> {{title}})
ORDER BY room_id
LIMIT 20;

-- name: excuses_held
-- From what they are, or were, excused.
SELECT room_id, first_day, last_day, class_at, note, said_by, said_at, withdrawn_by, withdrawn_at
FROM excuse WHERE org_id = :org_id AND participant_id = :uid
ORDER BY first_day, said_id;
