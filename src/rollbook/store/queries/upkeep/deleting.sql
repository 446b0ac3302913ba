-- name: close_keys
-- Nobody comes in with a key of an organization that is being deleted, from within seconds on.
UPDATE organization_key SET revoked_at = :now WHERE org_id = :org_id AND revoked_at IS NULL;

-- name: close_users
-- Nor by themselves.
UPDATE user_account SET disabled_at = :now WHERE org_id = :org_id AND disabled_at IS NULL;

-- name: close_sources
-- Nor does any of its sources bring events.
UPDATE source SET disabled_at = :now WHERE org_id = :org_id AND disabled_at IS NULL;

-- name: disown_key
-- A key from elsewhere leads nowhere any more.
DELETE FROM key_owner WHERE key_hash = :key_hash;

-- name: delete_from_event
-- Some rows of an organization that is being deleted.
DELETE FROM event
WHERE org_id = :org_id AND (source_id, event_id) IN (
    SELECT source_id, event_id FROM event WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_session
-- Some rows of an organization that is being deleted.
DELETE FROM session
WHERE org_id = :org_id AND session_id IN (
    SELECT session_id FROM session WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_context
-- Some rows of an organization that is being deleted.
DELETE FROM context
WHERE org_id = :org_id AND (participant_id, room_id, told_at) IN (
    SELECT participant_id, room_id, told_at FROM context WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_participant
-- Some rows of an organization that is being deleted.
DELETE FROM participant
WHERE org_id = :org_id AND participant_id IN (
    SELECT participant_id FROM participant WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_room
-- Some rows of an organization that is being deleted.
DELETE FROM room
WHERE org_id = :org_id AND room_id IN (
    SELECT room_id FROM room WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_imported_person
-- Some rows of an organization that is being deleted.
DELETE FROM imported_person
WHERE org_id = :org_id AND (participant_id, import_id) IN (
    SELECT participant_id, import_id FROM imported_person WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_imported_title
-- Some rows of an organization that is being deleted.
DELETE FROM imported_title
WHERE org_id = :org_id AND (room_id, import_id) IN (
    SELECT room_id, import_id FROM imported_title WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_room_end
-- Some rows of an organization that is being deleted.
DELETE FROM room_end
WHERE org_id = :org_id AND (source_id, room_id, instance_id, ended_at) IN (
    SELECT source_id, room_id, instance_id, ended_at FROM room_end WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_room_start
-- Some rows of an organization that is being deleted.
DELETE FROM room_start
WHERE org_id = :org_id AND (source_id, room_id, instance_id, started_at) IN (
    SELECT source_id, room_id, instance_id, started_at FROM room_start WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_sighting
-- Some rows of an organization that is being deleted.
DELETE FROM sighting
WHERE org_id = :org_id AND (source_id, session_id) IN (
    SELECT source_id, session_id FROM sighting WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_roster
-- Some rows of an organization that is being deleted.
DELETE FROM roster
WHERE org_id = :org_id AND (room_id, participant_id, first_day) IN (
    SELECT room_id, participant_id, first_day FROM roster WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_rejection
-- Some rows of an organization that is being deleted.
DELETE FROM rejection
WHERE org_id = :org_id AND (source_id, rejected_at, reason) IN (
    SELECT source_id, rejected_at, reason FROM rejection WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_intake
-- Some rows of an organization that is being deleted.
DELETE FROM intake
WHERE org_id = :org_id AND span IN (
    SELECT span FROM intake WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_erased
-- Some rows of an organization that is being deleted.
DELETE FROM erased
WHERE org_id = :org_id AND pseudonym IN (
    SELECT pseudonym FROM erased WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_file_import
-- All rows of such an organization, of which there are few.
DELETE FROM file_import WHERE org_id = :org_id;

-- name: delete_from_source_health
-- All rows of such an organization, of which there are few.
DELETE FROM source_health WHERE org_id = :org_id;

-- name: delete_from_look
-- All rows of such an organization, of which there are few.
DELETE FROM look WHERE org_id = :org_id;

-- name: delete_from_term
-- All rows of such an organization, of which there are few.
DELETE FROM term WHERE org_id = :org_id;

-- name: delete_from_retention
-- All rows of such an organization, of which there are few.
DELETE FROM retention WHERE org_id = :org_id;

-- name: delete_from_organization_limit
-- All rows of such an organization, of which there are few.
DELETE FROM organization_limit WHERE org_id = :org_id;

-- name: delete_from_allowance
-- All rows of such an organization, of which there are few.
DELETE FROM allowance WHERE org_id = :org_id;

-- name: delete_from_erasure
-- All rows of such an organization, of which there are few.
DELETE FROM erasure WHERE org_id = :org_id;

-- name: delete_from_organization_key
-- All rows of such an organization, of which there are few.
DELETE FROM organization_key WHERE org_id = :org_id;

-- name: delete_from_source
-- All rows of such an organization, of which there are few.
DELETE FROM source WHERE org_id = :org_id;

-- name: delete_organization
-- The organization itself, after all else.
DELETE FROM organization WHERE org_id = :org_id;

-- name: delete_source_from_event
-- Some rows of a source that is being deleted.
DELETE FROM event
WHERE org_id = :org_id AND source_id = :source_id AND event_id IN (
    SELECT event_id FROM event WHERE org_id = :org_id AND source_id = :source_id LIMIT :most);

-- name: delete_source_from_room_end
-- Some rows of a source that is being deleted.
DELETE FROM room_end
WHERE org_id = :org_id AND source_id = :source_id AND (room_id, instance_id, ended_at) IN (
    SELECT room_id, instance_id, ended_at FROM room_end WHERE org_id = :org_id AND source_id = :source_id LIMIT :most);

-- name: delete_source_from_room_start
-- Some rows of a source that is being deleted.
DELETE FROM room_start
WHERE org_id = :org_id AND source_id = :source_id AND (room_id, instance_id, started_at) IN (
    SELECT room_id, instance_id, started_at FROM room_start WHERE org_id = :org_id AND source_id = :source_id LIMIT :most);

-- name: delete_source_from_sighting
-- Some rows of a source that is being deleted.
DELETE FROM sighting
WHERE org_id = :org_id AND source_id = :source_id AND session_id IN (
    SELECT session_id FROM sighting WHERE org_id = :org_id AND source_id = :source_id LIMIT :most);

-- name: delete_source_from_rejection
-- Some rows of a source that is being deleted.
DELETE FROM rejection
WHERE org_id = :org_id AND source_id = :source_id AND (rejected_at, reason) IN (
    SELECT rejected_at, reason FROM rejection WHERE org_id = :org_id AND source_id = :source_id LIMIT :most);

-- name: delete_source_from_source_health
-- All rows of such a source, of which there are few.
DELETE FROM source_health WHERE org_id = :org_id AND source_id = :source_id;

-- name: delete_source_from_look
-- All rows of such a source, of which there are few.
DELETE FROM look WHERE org_id = :org_id AND source_id = :source_id;

-- name: delete_source_from_file_import
-- All rows of such a source, of which there are few.
DELETE FROM file_import WHERE org_id = :org_id AND source_id = :source_id;

-- name: imports_of_source
-- Which files came in by a source.
SELECT import_id FROM file_import WHERE org_id = :org_id AND source_id = :source_id;

-- name: delete_source
-- The source itself, after all else.
DELETE FROM source WHERE org_id = :org_id AND source_id = :source_id;

-- name: delete_events_about
-- What was said of sessions that go, by whatever source; their keys come as a JSON array.
DELETE FROM event WHERE org_id = :org_id AND session_id {{in:keys}};

-- name: delete_sessions
-- Sessions by their ids, which come as a JSON array.
DELETE FROM session WHERE org_id = :org_id AND session_id {{in:session_ids}};

-- name: people_after
-- The next people, by their ids.
SELECT participant_id FROM participant
WHERE org_id = :org_id AND participant_id > :after
ORDER BY participant_id
LIMIT :most;

-- name: delete_people_of_nothing
-- Those of these people of whom nothing else is held; the ids come as a JSON array.
DELETE FROM participant
WHERE org_id = :org_id AND participant_id {{in:ids}}
  AND NOT EXISTS (SELECT 1 FROM session s
      WHERE s.org_id = :org_id AND s.participant_id = participant.participant_id)
  AND NOT EXISTS (SELECT 1 FROM context c
      WHERE c.org_id = :org_id AND c.participant_id = participant.participant_id)
  AND NOT EXISTS (SELECT 1 FROM imported_person i
      WHERE i.org_id = :org_id AND i.participant_id = participant.participant_id)
  -- A roster is found by its room: all of them are read once, and not for each person.
  AND participant_id NOT IN (SELECT m.participant_id FROM roster m WHERE m.org_id = :org_id);

-- name: imported_after
-- Whom and which rooms the files of an import named.
SELECT participant_id FROM imported_person
WHERE org_id = :org_id AND import_id = :import_id
LIMIT :most;

-- name: imported_titles_after
-- As above.
SELECT room_id FROM imported_title
WHERE org_id = :org_id AND import_id = :import_id
LIMIT :most;

-- name: count_of_source
-- How much a source brought.
SELECT (SELECT COUNT(*) FROM session s WHERE s.org_id = :org_id AND s.source_id = :source_id),
       (SELECT COUNT(*) FROM event e WHERE e.org_id = :org_id AND e.source_id = :source_id);

-- name: count_of_organization
-- How much an organization holds.
SELECT (SELECT COUNT(*) FROM session s WHERE s.org_id = :org_id),
       (SELECT COUNT(*) FROM event e WHERE e.org_id = :org_id);

-- name: delete_from_source_quarter
-- Some rows of an organization that is being deleted.
DELETE FROM source_quarter
WHERE org_id = :org_id AND (source_id, began_at) IN (
    SELECT source_id, began_at FROM source_quarter WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_kept_class
-- Some rows of an organization that is being deleted.
DELETE FROM kept_class
WHERE org_id = :org_id AND (room_id, began_at, said_id) IN (
    SELECT room_id, began_at, said_id FROM kept_class WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_excuse
-- Some rows of an organization that is being deleted.
DELETE FROM excuse
WHERE org_id = :org_id AND (participant_id, said_id) IN (
    SELECT participant_id, said_id FROM excuse WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_attendance_rule
-- Some rows of an organization that is being deleted.
DELETE FROM attendance_rule
WHERE org_id = :org_id AND room_id IN (
    SELECT room_id FROM attendance_rule WHERE org_id = :org_id LIMIT :most);

-- name: delete_source_from_source_quarter
-- Some rows of a source that is being deleted.
DELETE FROM source_quarter
WHERE org_id = :org_id AND source_id = :source_id AND began_at IN (
    SELECT began_at FROM source_quarter
    WHERE org_id = :org_id AND source_id = :source_id LIMIT :most);

-- name: delete_from_schedule
-- Some rows of an organization that is being deleted.
DELETE FROM schedule
WHERE org_id = :org_id AND (room_id, entry) IN (
    SELECT room_id, entry FROM schedule WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_audit
-- Some rows of an organization that is being deleted. That it was is noted of the whole service.
DELETE FROM audit
WHERE org_id = :org_id AND (done_at, entry_id) IN (
    SELECT done_at, entry_id FROM audit WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_sign_in
-- Some rows of an organization that is being deleted.
DELETE FROM sign_in
WHERE org_id = :org_id AND token_hash IN (
    SELECT token_hash FROM sign_in WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_user_participant
-- Some rows of an organization that is being deleted.
DELETE FROM user_participant
WHERE org_id = :org_id AND (user_id, participant_id) IN (
    SELECT user_id, participant_id FROM user_participant WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_shared_link
-- Some rows of an organization that is being deleted.
DELETE FROM shared_link
WHERE org_id = :org_id AND token_hash IN (
    SELECT token_hash FROM shared_link WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_user_identity
-- Some rows of an organization that is being deleted.
DELETE FROM user_identity
WHERE org_id = :org_id AND (issuer, subject) IN (
    SELECT issuer, subject FROM user_identity WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_identity_provider
-- Some rows of an organization that is being deleted: the one that there is.
DELETE FROM identity_provider
WHERE org_id = :org_id AND issuer IN (
    SELECT issuer FROM identity_provider WHERE org_id = :org_id LIMIT :most);

-- name: delete_from_user_account
-- Some rows of an organization that is being deleted.
DELETE FROM user_account
WHERE org_id = :org_id AND user_id IN (
    SELECT user_id FROM user_account WHERE org_id = :org_id LIMIT :most);
