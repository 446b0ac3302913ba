-- name: add_context
-- What an application told; of two tellings at one instant the greater values stay.
INSERT INTO context (org_id, participant_id, room_id, told_at, ip_address, user_agent)
VALUES (:org_id, :participant_id, :room_id, :told_at, :ip_address, :user_agent)
ON CONFLICT (org_id, participant_id, room_id, told_at) DO UPDATE SET
    ip_address = CASE WHEN context.ip_address IS NULL OR excluded.ip_address > context.ip_address
        THEN excluded.ip_address ELSE context.ip_address END,
    user_agent = CASE WHEN context.user_agent IS NULL OR excluded.user_agent > context.user_agent
        THEN excluded.user_agent ELSE context.user_agent END;

-- name: contexts
-- What was told of these people in these rooms; both come as JSON arrays.
SELECT participant_id, room_id, told_at, ip_address, user_agent FROM context
WHERE org_id = :org_id
  AND participant_id {{in:participant_ids}}
  AND room_id {{in:room_ids}};

-- name: sessions_near
-- The sessions of a person in a room that a context told at some instant may belong to.
SELECT {{presence}}
FROM session
WHERE org_id = :org_id AND participant_id = :participant_id AND room_id = :room_id
  AND joined_at >= :earliest_join
  AND joined_at <= :latest_join
  AND (left_at IS NULL OR left_at >= :earliest_end)
ORDER BY joined_at;
