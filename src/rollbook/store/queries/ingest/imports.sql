-- name: file_imports
-- The files that an organization imported, the latest first.
SELECT import_id, source_id, file_name, form, imported_at, added, changed, unchanged, undone_at
FROM file_import
WHERE org_id = :org_id
ORDER BY imported_at DESC, import_id;

-- name: latest_imports
-- Some of them.
SELECT import_id, source_id, file_name, form, imported_at, added, changed, unchanged, undone_at
FROM file_import
WHERE org_id = :org_id
ORDER BY imported_at DESC, import_id
LIMIT :most;

-- name: file_import
-- One of them.
SELECT import_id, source_id, file_name, form, imported_at, added, changed, unchanged, undone_at
FROM file_import
WHERE org_id = :org_id AND import_id = :import_id;

-- name: save_file_import
-- How far an import is, or that it was taken back.
INSERT INTO file_import
    (org_id, import_id, source_id, file_name, form, imported_at, added, changed, unchanged, undone_at)
VALUES
    (:org_id, :import_id, :source_id, :file_name, :form, :imported_at, :added, :changed, :unchanged,
     :undone_at)
ON CONFLICT (org_id, import_id) DO UPDATE SET
    added = excluded.added,
    changed = excluded.changed,
    unchanged = excluded.unchanged,
    undone_at = excluded.undone_at;

-- name: import_events
-- Some of the rows of an import: their ids begin with its own.
SELECT event_id, facts, room_id, occurred_at FROM event
WHERE org_id = :org_id AND source_id = :source_id
  AND event_id > :first_id AND event_id < :end_id
ORDER BY event_id
LIMIT :most;

-- name: remove_event
-- Evidence that somebody took back, or that the ledger itself had made and that was wrong.
DELETE FROM event WHERE org_id = :org_id AND source_id = :source_id AND event_id = :event_id;

-- part: freshname
excluded.name IS NOT NULL AND (imported_person.name IS NULL
       OR (excluded.name_told_at, excluded.name)
        > (imported_person.name_told_at, imported_person.name))

-- part: freshrole
excluded.role IS NOT NULL AND (imported_person.role IS NULL
       OR (excluded.role_told_at, excluded.role)
        > (imported_person.role_told_at, imported_person.role))

-- part: freshername
excluded.imported_name IS NOT NULL AND (participant.imported_name IS NULL
       OR (excluded.imported_name_told_at, excluded.imported_name)
        > (participant.imported_name_told_at, participant.imported_name))

-- part: fresherrole
excluded.imported_role IS NOT NULL AND (participant.imported_role IS NULL
       OR (excluded.imported_role_told_at, excluded.imported_role)
        > (participant.imported_role_told_at, participant.imported_role))

-- name: note_imported_person
-- What an import tells of a person: the latest name and role, each by itself.
INSERT INTO imported_person
    (org_id, participant_id, import_id, name, name_told_at, role, role_told_at)
{{rows:org_id text, key text, import_id text, name text, name_told_at instant, role text,
    role_told_at instant}}
ON CONFLICT (org_id, participant_id, import_id) DO UPDATE SET
    name = CASE WHEN {{freshname}} THEN excluded.name ELSE imported_person.name END,
    name_told_at = CASE WHEN {{freshname}}
        THEN excluded.name_told_at ELSE imported_person.name_told_at END,
    role = CASE WHEN {{freshrole}} THEN excluded.role ELSE imported_person.role END,
    role_told_at = CASE WHEN {{freshrole}}
        THEN excluded.role_told_at ELSE imported_person.role_told_at END
WHERE ({{freshname}}) OR ({{freshrole}});

-- name: note_imported_title
-- The latest title that an import tells of a room.
INSERT INTO imported_title (org_id, room_id, import_id, title, told_at)
{{rows:org_id text, key text, import_id text, title text, told_at instant}}
ON CONFLICT (org_id, room_id, import_id) DO UPDATE SET
    title = excluded.title,
    told_at = excluded.told_at
WHERE (excluded.told_at, excluded.title) > (imported_title.told_at, imported_title.title);

-- name: note_latest_imported_person
-- The same beside what events tell: of what all imports told of a person, the latest.
INSERT INTO participant
    (org_id, participant_id, imported_only,
     imported_name, imported_name_told_at, imported_role, imported_role_told_at)
{{rows:org_id text, key text, imported_only small, name text, name_told_at instant, role text,
    role_told_at instant}}
ON CONFLICT (org_id, participant_id) DO UPDATE SET
    imported_name = CASE WHEN {{freshername}} THEN excluded.imported_name ELSE participant.imported_name END,
    imported_name_told_at = CASE WHEN {{freshername}}
        THEN excluded.imported_name_told_at ELSE participant.imported_name_told_at END,
    imported_role = CASE WHEN {{fresherrole}} THEN excluded.imported_role ELSE participant.imported_role END,
    imported_role_told_at = CASE WHEN {{fresherrole}}
        THEN excluded.imported_role_told_at ELSE participant.imported_role_told_at END
WHERE ({{freshername}}) OR ({{fresherrole}});

-- name: note_latest_imported_title
-- The same of a room's title.
INSERT INTO room (org_id, room_id, imported_title, imported_title_told_at)
{{rows:org_id text, key text, title text, told_at instant}}
ON CONFLICT (org_id, room_id) DO UPDATE SET
    imported_title = excluded.imported_title,
    imported_title_told_at = excluded.imported_title_told_at
WHERE room.imported_title IS NULL
   OR (excluded.imported_title_told_at, excluded.imported_title)
    > (room.imported_title_told_at, room.imported_title);

-- name: sum_up_imported_person
-- After something was taken back, the latest of what is left.
UPDATE participant SET
    imported_name = (SELECT i.name FROM imported_person i
        WHERE i.org_id = :org_id AND i.participant_id = :key AND i.name IS NOT NULL
        ORDER BY i.name_told_at DESC, i.name DESC LIMIT 1),
    imported_name_told_at = (SELECT MAX(i.name_told_at) FROM imported_person i
        WHERE i.org_id = :org_id AND i.participant_id = :key),
    imported_role = (SELECT i.role FROM imported_person i
        WHERE i.org_id = :org_id AND i.participant_id = :key AND i.role IS NOT NULL
        ORDER BY i.role_told_at DESC, i.role DESC LIMIT 1),
    imported_role_told_at = (SELECT MAX(i.role_told_at) FROM imported_person i
        WHERE i.org_id = :org_id AND i.participant_id = :key)
WHERE org_id = :org_id AND participant_id = :key;

-- name: sum_up_imported_title
-- The same of a room's title.
UPDATE room SET
    imported_title = (SELECT i.title FROM imported_title i
        WHERE i.org_id = :org_id AND i.room_id = :key
        ORDER BY i.told_at DESC, i.title DESC LIMIT 1),
    imported_title_told_at = (SELECT MAX(i.told_at) FROM imported_title i
        WHERE i.org_id = :org_id AND i.room_id = :key)
WHERE org_id = :org_id AND room_id = :key;

-- name: forget_imported_person
-- What an import told of a person is taken back.
DELETE FROM imported_person
WHERE org_id = :org_id AND participant_id = :key AND import_id = :import_id;

-- name: forget_imported_title
-- The same of a room.
DELETE FROM imported_title
WHERE org_id = :org_id AND room_id = :key AND import_id = :import_id;

-- name: remove_unknown_people
-- Those of these people of whom nothing tells any more; the ids come as a JSON array.
DELETE FROM participant
WHERE org_id = :org_id AND participant_id {{in:ids}} AND imported_only IS NOT NULL
  AND NOT EXISTS (
      SELECT 1 FROM imported_person i
      WHERE i.org_id = :org_id AND i.participant_id = participant.participant_id);

-- name: remove_unknown_rooms
-- The same of rooms, of which only titles are kept.
DELETE FROM room
WHERE org_id = :org_id AND room_id {{in:ids}} AND title IS NULL AND imported_title IS NULL;
