-- name: roster
-- Everybody who ever belonged to a room. Of a name, the one that was told of the person counts.
SELECT m.participant_id,
       COALESCE((SELECT {{name}} FROM participant p
                 WHERE p.org_id = :org_id AND p.participant_id = m.participant_id), m.name),
       m.first_day, m.last_day
FROM roster m
WHERE m.org_id = :org_id AND m.room_id = :room_id
ORDER BY m.participant_id, m.first_day;

-- name: clear_roster
-- Forget who belongs to a room, before it is said anew.
DELETE FROM roster WHERE org_id = :org_id AND room_id = :room_id;

-- name: add_members
-- People who belong to a room.
INSERT INTO roster (org_id, room_id, participant_id, first_day, last_day, name)
{{rows:org_id text, room_id text, participant_id text, first_day text, last_day text, name text}};
