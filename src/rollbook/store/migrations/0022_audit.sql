-- Compatible with programs of schema 0016 on; runs in a transaction.

-- Who did what, by organization; org_id is '' where it concerns the whole service. Rows are added, and
-- forgotten after a time, and never changed. what names a thing and never holds a value.
CREATE TABLE audit (
    org_id {{id}} NOT NULL,
    done_at {{instant}} NOT NULL,
    entry_id {{id}} NOT NULL,
    action {{id}} NOT NULL,
    who {{id}} NOT NULL,
    whence {{id}} NOT NULL,
    request_id {{id}} NOT NULL,
    what {{id}} NOT NULL,
    PRIMARY KEY (org_id, done_at, entry_id)
){{strict}};
