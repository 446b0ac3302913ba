-- A page of a participant's sessions of one day as the contract's JSON, by PostgreSQL alone: what a
-- server that puts an API over tables would be given. The first page of rooms, each with its newest ten
-- sessions, of an organization. In PL/pgSQL, which keeps its plan on every PostgreSQL.
CREATE SCHEMA peer;

CREATE FUNCTION peer.participant_day(org_id text, uid text, day date)
RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
RETURN (
    WITH stay AS (
        SELECT s.room_id, s.joined_at, s.left_at, s.ip_address, lasted.seconds,
               CASE WHEN lasted.seconds < o.credit_minimum_seconds THEN 0
                    WHEN o.credit_rounding = 'down' THEN lasted.seconds / 60
                    WHEN o.credit_rounding = 'half-up' THEN (lasted.seconds + 30) / 60
                    ELSE (lasted.seconds + 59) / 60 END AS credits,
               row_number() OVER (
                   PARTITION BY s.room_id ORDER BY s.joined_at DESC, s.session_id DESC
               ) AS place
        FROM public.organization o
        JOIN public.session s ON s.org_id = o.org_id
        CROSS JOIN LATERAL (
            SELECT greatest(0, floor(extract(
                epoch FROM coalesce(s.left_at, now()) - s.joined_at)))::integer AS seconds
        ) lasted
        WHERE o.org_id = $1 AND s.participant_id = $2 AND s.voided IS NULL
          AND s.joined_at >= $3::timestamp AT TIME ZONE o.time_zone
          AND s.joined_at < ($3 + 1)::timestamp AT TIME ZONE o.time_zone
    ), room_group AS (
        SELECT x.room_id, count(*) AS sessions, sum(x.seconds) AS seconds,
               sum(x.credits) AS credits, max(x.joined_at) AS latest,
               json_agg(json_build_object(
                   'joinedAt', peer.instant(x.joined_at), 'leftAt', peer.instant(x.left_at),
                   'duration', x.seconds, 'creditsConsumed', x.credits,
                   'ipAddress', host(x.ip_address), 'isActive', x.left_at IS NULL
               ) ORDER BY x.place) FILTER (WHERE x.place <= 10) AS shown
        FROM stay x GROUP BY x.room_id
    ), page AS (
        SELECT json_agg(json_build_object(
            'roomId', g.room_id,
            'roomTitle', (
                SELECT coalesce(r.title, r.imported_title) FROM public.room r
                WHERE r.org_id = $1 AND r.room_id = g.room_id),
            'sessions', g.shown, 'totalDuration', g.seconds, 'totalCredits', g.credits,
            'sessionCount', g.sessions, 'averageDuration', round(g.seconds::numeric / g.sessions)
        ) ORDER BY g.latest DESC, g.room_id) AS groups
        FROM (SELECT * FROM room_group ORDER BY latest DESC, room_id LIMIT 10) g
    ), total AS (
        SELECT count(*) AS rooms, coalesce(sum(g.sessions), 0) AS sessions,
               coalesce(sum(g.seconds), 0) AS seconds, coalesce(sum(g.credits), 0) AS credits
        FROM room_group g
    )
    SELECT json_build_object(
        'participant', json_build_object(
            'uid', $2,
            'name', coalesce(p.name, p.imported_name), 'role', coalesce(p.role, p.imported_role)),
        'roomGroups', coalesce(page.groups, '[]'::json),
        'summary', json_build_object(
            'totalSessions', t.sessions, 'totalDuration', t.seconds, 'totalCredits', t.credits,
            'roomsAttended', t.rooms,
            'averageDuration', coalesce(round(t.seconds::numeric / nullif(t.sessions, 0)), 0),
            'dateRange', json_build_object('from', $3, 'to', $3)),
        'pagination', json_build_object(
            'page', 1, 'limit', 10, 'totalRooms', t.rooms, 'hasMore', t.rooms > 10))
    FROM page
    CROSS JOIN total t
    LEFT JOIN public.participant p ON p.org_id = $1 AND p.participant_id = $2
);
END
$$;

CREATE FUNCTION peer.instant(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
COMMENT ON FUNCTION peer.instant IS '@omit';
