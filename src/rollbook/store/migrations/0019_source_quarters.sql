-- Compatible with programs of schema 0017 on; runs in a transaction.

-- What came of a source in each quarter of an hour, for five weeks: what is usual at an hour is told by
-- the weeks before. Quarters, since days and hours of every time zone begin with one.
CREATE TABLE source_quarter (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    began_at {{instant}} NOT NULL,
    accepted {{count}} NOT NULL,
    duplicates {{count}} NOT NULL,
    ignored {{count}} NOT NULL,
    rejected {{count}} NOT NULL,
    PRIMARY KEY (org_id, source_id, began_at)
){{strict}};
