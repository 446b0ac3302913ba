-- part: anid
1

-- part: aname
2

-- part: passing
3

-- name: erased_among
-- Those of these pseudonyms that somebody has who was erased, and whether each is of a name; they come
-- as a JSON array.
SELECT pseudonym, unfinished FROM erased
WHERE org_id = :org_id AND pseudonym {{in:pseudonyms}};

-- name: set_erasure_key
-- What the pseudonyms of an organization are made with, from the first erasure on.
UPDATE organization SET erasure_key = :erasure_key
WHERE org_id = :org_id AND erasure_key IS NULL;

-- name: note_erased
-- From now on, whoever has this pseudonym is forgotten, wherever they are told of.
INSERT INTO erased (org_id, pseudonym, erased_at, unfinished)
{{rows:org_id text, pseudonym text, erased_at instant, unfinished small}}
ON CONFLICT (org_id, pseudonym) DO UPDATE SET
    unfinished = CASE WHEN excluded.unfinished = {{passing}}
            AND (erased.unfinished IS NULL OR erased.unfinished = {{anid}})
        THEN {{anid}} ELSE excluded.unfinished END;

-- name: look_through
-- All events have to be looked through, from the first on, for what tells of who was erased.
INSERT INTO erasure (org_id, events_until) VALUES (:org_id, :nothing_before)
ON CONFLICT (org_id) DO UPDATE SET events_until = excluded.events_until;

-- name: looked_through
-- Until when they were, by the time they arrived; no row where none have to be.
SELECT events_until FROM erasure WHERE org_id = :org_id;

-- name: note_looked_through
-- They were until then.
UPDATE erasure SET events_until = :until WHERE org_id = :org_id;

-- name: unfinished_erased
-- Who was erased, and which events were not yet looked through for.
SELECT pseudonym FROM erased
WHERE org_id = :org_id AND (unfinished = {{anid}} OR unfinished = {{passing}});

-- name: finish_names
-- Names are not known any more once no event holds them, nor who was not seen for long.
DELETE FROM erased
WHERE org_id = :org_id AND (unfinished = {{aname}} OR unfinished = {{passing}});

-- name: finish_erased
-- Nothing tells of who was erased.
UPDATE erased SET unfinished = NULL WHERE org_id = :org_id AND unfinished = {{anid}};

-- name: finish_erasure
-- And all events were looked through.
DELETE FROM erasure WHERE org_id = :org_id;

-- name: names_of_person
-- What a person was called, by whoever told.
SELECT name FROM participant
WHERE org_id = :org_id AND participant_id = :uid AND name IS NOT NULL
UNION SELECT imported_name FROM participant
WHERE org_id = :org_id AND participant_id = :uid AND imported_name IS NOT NULL
UNION SELECT name FROM imported_person
WHERE org_id = :org_id AND participant_id = :uid AND name IS NOT NULL
UNION SELECT name FROM roster
WHERE org_id = :org_id AND participant_id = :uid AND name IS NOT NULL;

-- name: identities_of_person
-- What platforms tell a person apart by, where that is another id.
SELECT DISTINCT identity FROM session
WHERE org_id = :org_id AND participant_id = :uid AND identity IS NOT NULL;

-- name: some_sessions_of_person
-- Some sessions of a person.
SELECT {{presence}} FROM session
WHERE org_id = :org_id AND participant_id = :uid
LIMIT :most;

-- name: sessions_of_person_after
-- The next sessions of a person, by their ids.
SELECT {{presence}} FROM session
WHERE org_id = :org_id AND participant_id = :uid AND session_id > :session_id
ORDER BY session_id
LIMIT :most;

-- name: rename_participant
-- A person under a pseudonym: the role alone.
INSERT INTO participant
    (org_id, participant_id, role, role_told_at, imported_role, imported_role_told_at, imported_only)
SELECT p.org_id, :pseudonym, p.role, p.role_told_at, p.imported_role, p.imported_role_told_at,
       p.imported_only
FROM participant p WHERE p.org_id = :org_id AND p.participant_id = :uid
ON CONFLICT (org_id, participant_id) DO NOTHING;

-- name: remove_participant
-- A person under their own id goes.
DELETE FROM participant WHERE org_id = :org_id AND participant_id = :uid;

-- name: rename_imported_person
-- The same of what imports told of them.
INSERT INTO imported_person (org_id, participant_id, import_id, role, role_told_at)
SELECT i.org_id, :pseudonym, i.import_id, i.role, i.role_told_at
FROM imported_person i WHERE i.org_id = :org_id AND i.participant_id = :uid
ON CONFLICT (org_id, participant_id, import_id) DO NOTHING;

-- name: remove_imported_person
-- As above.
DELETE FROM imported_person WHERE org_id = :org_id AND participant_id = :uid;

-- name: rename_member
-- To whom a room belongs stays, under the pseudonym.
INSERT INTO roster (org_id, room_id, participant_id, first_day, last_day)
SELECT m.org_id, m.room_id, :pseudonym, m.first_day, m.last_day
FROM roster m WHERE m.org_id = :org_id AND m.participant_id = :uid
ON CONFLICT (org_id, room_id, participant_id, first_day) DO NOTHING;

-- name: remove_member
-- As above.
DELETE FROM roster WHERE org_id = :org_id AND participant_id = :uid;

-- name: remove_user_participant
-- No user is this person any more.
DELETE FROM user_participant WHERE org_id = :org_id AND participant_id = :uid;

-- name: remove_contexts
-- What applications told of a person before they joined: nothing but address and user agent.
DELETE FROM context WHERE org_id = :org_id AND participant_id = :uid;

-- name: rename_room_end_event
-- The event that told the end of a room has another id.
UPDATE room_end SET event_id = :new_id
WHERE org_id = :org_id AND source_id = :source_id AND room_id = :room_id
  AND event_id = :event_id;

-- name: rename_room_start_event
-- The same of a beginning.
UPDATE room_start SET event_id = :new_id
WHERE org_id = :org_id AND source_id = :source_id AND room_id = :room_id
  AND event_id = :event_id;

-- name: events_of_keys
-- All events about these presences, as they are kept; their keys come as a JSON array.
SELECT {{event}} FROM event WHERE org_id = :org_id AND session_id {{in:keys}};

-- name: rename_excuse
-- From what a person is excused stays, under the pseudonym, without a word of why.
INSERT INTO excuse
    (org_id, participant_id, said_id, room_id, first_day, last_day, class_at, note, said_by, said_at,
     withdrawn_by, withdrawn_at)
SELECT e.org_id, :pseudonym, e.said_id, e.room_id, e.first_day, e.last_day, e.class_at, '[erased]',
       e.said_by, e.said_at, e.withdrawn_by, e.withdrawn_at
FROM excuse e WHERE e.org_id = :org_id AND e.participant_id = :uid
ON CONFLICT (org_id, participant_id, said_id) DO NOTHING;

-- name: remove_excuse
-- As above.
DELETE FROM excuse WHERE org_id = :org_id AND participant_id = :uid;
