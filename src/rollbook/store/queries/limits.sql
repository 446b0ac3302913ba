-- name: limits
-- What an organization may ask and bring in, where it was said.
SELECT requests_per_second, events_per_day, events_per_month, bytes_per_day, bytes_per_month
FROM organization_limit
WHERE org_id = :org_id;

-- name: set_limits
-- What it may from now on.
INSERT INTO organization_limit
    (org_id, requests_per_second, events_per_day, events_per_month, bytes_per_day, bytes_per_month)
VALUES (:org_id, :requests_per_second, :events_per_day, :events_per_month,
        :bytes_per_day, :bytes_per_month)
ON CONFLICT (org_id) DO UPDATE SET
    requests_per_second = excluded.requests_per_second,
    events_per_day = excluded.events_per_day,
    events_per_month = excluded.events_per_month,
    bytes_per_day = excluded.bytes_per_day,
    bytes_per_month = excluded.bytes_per_month;

-- name: allowance
-- When an organization's bucket of requests is full again.
SELECT full_at FROM allowance WHERE org_id = :org_id;

-- name: move_allowance
-- Take from the bucket, unless somebody else did so since it was looked at.
UPDATE allowance SET full_at = :full_at WHERE org_id = :org_id AND full_at = :seen;

-- name: begin_allowance
-- The first taking from a bucket, unless somebody else began it.
INSERT INTO allowance (org_id, full_at) VALUES (:org_id, :full_at)
ON CONFLICT (org_id) DO NOTHING;

-- name: intake
-- What came in of an organization in a day and in a month.
SELECT span, events, bytes FROM intake
WHERE org_id = :org_id AND span {{in:spans}};

-- name: add_intake
-- Count what comes in.
INSERT INTO intake (org_id, span, events, bytes)
{{rows:org_id text, span text, events count, bytes count}}
ON CONFLICT (org_id, span) DO UPDATE SET
    events = intake.events + excluded.events,
    bytes = intake.bytes + excluded.bytes;
