-- name: roster
-- Everybody who ever belonged to a room. Of a name, the one that was told of the person counts.
SELECT m.participant_id,
       COALESCE((SELECT {{name}} FROM participant p
                 WHERE p.org_id = :org_id AND p.participant_id = m.participant_id), m.name),
       m.first_day, m.last_day
FROM roster m
WHERE m.org_id = :org_id AND m.room_id = :room_id
ORDER BY m.participant_id, m.first_day;

-- name: rooms_with_roster
-- The rooms to which somebody belonged on any of some days, by id, from one of them on.
SELECT m.room_id, (SELECT {{title}} FROM room r WHERE r.org_id = :org_id AND r.room_id = m.room_id)
FROM (
    SELECT room_id FROM roster
    WHERE org_id = :org_id AND room_id >= :since AND first_day <= :last_day
      AND (last_day IS NULL OR last_day >= :first_day)
    GROUP BY room_id
    ORDER BY room_id
    LIMIT :most
) m
ORDER BY m.room_id;

-- name: clear_roster
-- Forget who belongs to a room, before it is said anew.
DELETE FROM roster WHERE org_id = :org_id AND room_id = :room_id;

-- name: add_members
-- People who belong to a room.
INSERT INTO roster (org_id, room_id, participant_id, first_day, last_day, name)
{{rows:org_id text, room_id text, participant_id text, first_day text, last_day text, name text}};
