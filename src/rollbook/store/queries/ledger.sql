-- name: hold_organization (sqlite)
-- Writers of one organization take turns; SQLite's one writer already does.
SELECT org_id FROM organization WHERE org_id = :org_id;

-- name: hold_organization (postgres)
-- Writers of one organization take turns: each reads what the one before it committed.
SELECT org_id FROM organization WHERE org_id = :org_id FOR NO KEY UPDATE;

-- name: presences
-- What is known of these sessions; the ids come as a JSON array.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND session_id {{in:session_ids}};

-- name: save_presence
-- Write what is now known of a session.
INSERT INTO session
    (org_id, session_id, source_id, presence_id, room_id, instance_id, participant_id,
     joined_at, joined_by, told_left_at, told_left_by, left_at, left_by,
     ip_address, ip_told_at, user_agent, user_agent_told_at)
VALUES
    (:org_id, :session_id, :source_id, :presence_id, :room_id, :instance_id, :participant_id,
     :joined_at, :joined_by, :told_left_at, :told_left_by, :left_at, :left_by,
     :ip_address, :ip_told_at, :user_agent, :user_agent_told_at)
ON CONFLICT (org_id, session_id) DO UPDATE SET
    room_id = excluded.room_id,
    instance_id = excluded.instance_id,
    participant_id = excluded.participant_id,
    joined_at = excluded.joined_at,
    joined_by = excluded.joined_by,
    told_left_at = excluded.told_left_at,
    told_left_by = excluded.told_left_by,
    left_at = excluded.left_at,
    left_by = excluded.left_by,
    ip_address = excluded.ip_address,
    ip_told_at = excluded.ip_told_at,
    user_agent = excluded.user_agent,
    user_agent_told_at = excluded.user_agent_told_at;

-- name: note_name
-- Keep the latest name of a person; the row also says that the person was ever seen. An event
-- that tells no name takes none away, and of two names told for the same instant the greater
-- text stays, whichever came first.
INSERT INTO participant (org_id, participant_id, name, name_told_at)
VALUES (:org_id, :participant_id, :name, :told_at)
ON CONFLICT (org_id, participant_id) DO UPDATE SET
    name = excluded.name,
    name_told_at = excluded.name_told_at
WHERE excluded.name IS NOT NULL AND (participant.name IS NULL
    OR (excluded.name_told_at, excluded.name) > (participant.name_told_at, participant.name));

-- name: note_role
-- Keep the latest role of a person, by the same rule.
INSERT INTO participant (org_id, participant_id, role, role_told_at)
VALUES (:org_id, :participant_id, :role, :told_at)
ON CONFLICT (org_id, participant_id) DO UPDATE SET
    role = excluded.role,
    role_told_at = excluded.role_told_at
WHERE excluded.role IS NOT NULL AND (participant.role IS NULL
    OR (excluded.role_told_at, excluded.role) > (participant.role_told_at, participant.role));

-- name: note_room
-- Keep the latest title of a room, by the same rule.
INSERT INTO room (org_id, room_id, title, title_told_at)
VALUES (:org_id, :room_id, :title, :told_at)
ON CONFLICT (org_id, room_id) DO UPDATE SET
    title = excluded.title,
    title_told_at = excluded.title_told_at
WHERE excluded.title IS NOT NULL AND (room.title IS NULL
    OR (excluded.title_told_at, excluded.title) > (room.title_told_at, room.title));
