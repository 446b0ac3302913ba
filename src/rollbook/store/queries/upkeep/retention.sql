-- name: addresses_gone_until
-- Who joined before this instant has no address any more; NULL where nobody was looked at yet.
SELECT addresses_until FROM organization WHERE org_id = :org_id;

-- name: join_after
-- When the session began that comes so many after an instant, among those before another one.
SELECT joined_at FROM session
WHERE org_id = :org_id AND joined_at >= :since AND joined_at < :before
ORDER BY joined_at
LIMIT 1 OFFSET :most;

-- name: forget_session_addresses
-- Take the addresses of sessions away that began from one instant until another.
UPDATE session SET ip_address = NULL, ip_told_at = NULL
WHERE org_id = :org_id AND joined_at >= :since AND joined_at < :until AND ip_address IS NOT NULL;

-- name: adrift_with_old_address
-- Sessions of which only an end was told, before, and with an address. There are hardly any.
SELECT session_id FROM session
WHERE org_id = :org_id AND joined_at IS NULL AND ip_address IS NOT NULL
  AND told_left_at < :before
LIMIT :most;

-- name: forget_addresses_of
-- Take the addresses of these sessions away; the ids come as a JSON array.
UPDATE session SET ip_address = NULL, ip_told_at = NULL
WHERE org_id = :org_id AND session_id {{in:session_ids}};

-- name: note_sessions_until
-- How far forgetting has come among the sessions. It stands where all who write sessions look at it:
-- none that began before is saved with an address again.
UPDATE organization SET addresses_until = :until WHERE org_id = :org_id;

-- name: begin_again
-- Look at all sessions once more, where another time is kept from now on.
UPDATE organization SET addresses_until = NULL
WHERE org_id = :org_id
  AND NOT EXISTS (
      SELECT 1 FROM retention r WHERE r.org_id = :org_id AND r.address_days = :address_days);

-- name: forget_context_addresses
-- Take the addresses of the oldest contexts away.
UPDATE context SET ip_address = NULL
WHERE org_id = :org_id
  AND (participant_id, room_id, told_at) IN (
      SELECT participant_id, room_id, told_at FROM context
      WHERE org_id = :org_id AND ip_address IS NOT NULL AND told_at < :before
      LIMIT :most);

-- name: forgotten_until
-- How far forgetting has come among the events of an organization.
SELECT addresses_until, payloads_until FROM retention WHERE org_id = :org_id;

-- name: arrival_after
-- When the event arrived that comes so many after an instant, among those before another one.
SELECT received_at FROM event
WHERE org_id = :org_id AND received_at >= :since AND received_at < :before
ORDER BY received_at
LIMIT 1 OFFSET :most;

-- name: events_that_arrived
-- Events that arrived from one instant until another.
SELECT {{event}} FROM event
WHERE org_id = :org_id AND received_at >= :since AND received_at < :until;

-- name: rewrite_event
-- What an event tells, in the form of today.
UPDATE event SET facts = :facts, payload = NULL, said = :said,
    body_hash = :body_hash, session_id = :session_id
WHERE org_id = :org_id AND source_id = :source_id AND event_id = :event_id;

-- name: forget_payloads
-- Take away the platforms' own words of events that arrived from one instant until another. What
-- people said of a session is not theirs, and explains its number.
UPDATE event SET payload = NULL, said = NULL
WHERE org_id = :org_id AND received_at >= :since AND received_at < :until
  AND (payload IS NOT NULL OR said IS NOT NULL) AND event_type <> 'session.corrected';

-- name: note_addresses_until
-- How far forgetting addresses has come.
UPDATE retention SET addresses_until = :until WHERE org_id = :org_id;

-- name: note_payloads_until
-- How far forgetting payloads has come.
UPDATE retention SET payloads_until = :until WHERE org_id = :org_id;

-- name: agents_gone_until
-- Who joined before this instant has no user agent any more; NULL where nobody was looked at yet.
SELECT agents_until FROM organization WHERE org_id = :org_id;

-- name: forget_session_agents
-- Take the user agents of sessions away that began from one instant until another.
UPDATE session SET user_agent = NULL, user_agent_told_at = NULL
WHERE org_id = :org_id AND joined_at >= :since AND joined_at < :until AND user_agent IS NOT NULL;

-- name: forget_agents_adrift
-- The same of sessions of which only an end was told, before. There are hardly any.
UPDATE session SET user_agent = NULL, user_agent_told_at = NULL
WHERE org_id = :org_id AND joined_at IS NULL AND user_agent IS NOT NULL
  AND told_left_at < :before;

-- name: note_session_agents_until
-- How far that has come; where all who write sessions look at it.
UPDATE organization SET agents_until = :until WHERE org_id = :org_id;

-- name: begin_again_with_agents
-- Look at all sessions once more, where another time is kept from now on.
UPDATE organization SET agents_until = NULL
WHERE org_id = :org_id
  AND NOT EXISTS (
      SELECT 1 FROM retention r WHERE r.org_id = :org_id AND r.agent_days = :agent_days);

-- name: agents_forgotten_until
-- How far forgetting user agents has come among the events of an organization.
SELECT agents_until FROM retention WHERE org_id = :org_id;

-- name: note_agents_until
-- It has come so far.
UPDATE retention SET agents_until = :until WHERE org_id = :org_id;

-- name: contexts_after
-- The next contexts, by whom they are of.
SELECT participant_id, room_id, told_at FROM context
WHERE org_id = :org_id AND (participant_id, room_id, told_at) > (:participant_id, :room_id, :told_at)
ORDER BY participant_id, room_id, told_at
LIMIT :most;

-- name: forget_context_agents
-- Take the user agents of contexts away that were told before, from one to another.
UPDATE context SET user_agent = NULL
WHERE org_id = :org_id AND (participant_id, room_id, told_at) > (:participant_id, :room_id, :told_at)
  AND (participant_id, room_id, told_at) <= (:last_participant_id, :last_room_id, :last_told_at)
  AND told_at < :before AND user_agent IS NOT NULL;

-- name: people_not_seen_since
-- Who joined last before an instant. Pseudonyms stand apart from all that is later.
SELECT participant_id FROM session
WHERE org_id = :org_id AND (participant_id < :pseudonyms_begin OR participant_id >= :pseudonyms_end)
GROUP BY participant_id
HAVING MAX(joined_at) < :before
LIMIT :most;

-- name: looked_through_until
-- What is looked through as a whole, and until when it was.
SELECT context_agents_until, people_until FROM retention WHERE org_id = :org_id;

-- name: note_context_agents_until
-- User agents in contexts of before are gone.
UPDATE retention SET context_agents_until = :until WHERE org_id = :org_id;

-- name: note_people_until
-- Who was not seen since is forgotten.
UPDATE retention SET people_until = :until WHERE org_id = :org_id;
