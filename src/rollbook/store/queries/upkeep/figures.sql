-- name: open_sessions_of_all
-- How many sessions run, for /metrics: no organization is told apart.
SELECT count(*) FROM session WHERE left_at IS NULL AND participant_id IS NOT NULL;

-- name: sources_heard_of
-- How many sources of each kind there are, and how many were heard of since some instants.
SELECT s.kind, count(*),
       count(CASE WHEN h.last_received_at >= :since_hour THEN 1 END),
       count(CASE WHEN h.last_received_at >= :since_day THEN 1 END),
       count(CASE WHEN h.last_received_at >= :since_days THEN 1 END),
       count(CASE WHEN h.last_received_at >= :since_weeks THEN 1 END)
FROM source s
LEFT JOIN source_health h ON h.org_id = s.org_id AND h.source_id = s.source_id
WHERE s.disabled_at IS NULL
GROUP BY s.kind
ORDER BY s.kind;
