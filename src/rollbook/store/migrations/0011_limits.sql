-- Compatible with programs of schema 0010 on; runs in a transaction.

-- What an organization may ask and bring in; NULL is what the service says for all, 0 without end.
CREATE TABLE organization_limit (
    org_id {{id}} NOT NULL PRIMARY KEY REFERENCES organization (org_id),
    requests_per_second {{count}},
    events_per_day {{count}},
    events_per_month {{count}},
    bytes_per_day {{count}},
    bytes_per_month {{count}}
){{strict}};

-- The bucket of requests of each organization that has a limit: when it is full again, in
-- microseconds UTC (domain/rates.py).
CREATE TABLE allowance (
    org_id {{id}} NOT NULL PRIMARY KEY,
    full_at {{count}} NOT NULL
){{strict}};

-- What came in of organizations that have a quota, by days (2026-11-25) and months (2026-11) in UTC.
CREATE TABLE intake (
    org_id {{id}} NOT NULL,
    span {{id}} NOT NULL,
    events {{count}} NOT NULL,
    bytes {{count}} NOT NULL,
    PRIMARY KEY (org_id, span)
){{strict}};
