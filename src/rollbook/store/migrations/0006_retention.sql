-- Compatible with programs of schema 0006 on; runs in a transaction.
-- What is kept for how long, and the latest deliveries of each source that were refused.

-- For how many days; 0 is for ever. The instants say how far forgetting has come among the events,
-- by the time they arrived.
CREATE TABLE retention (
    org_id {{id}} NOT NULL PRIMARY KEY,
    address_days integer NOT NULL CHECK (address_days >= 0),
    payload_days integer NOT NULL CHECK (payload_days >= 0),
    addresses_until {{instant}} NOT NULL,
    payloads_until {{instant}} NOT NULL
){{strict}};

CREATE TABLE rejection (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    rejected_at {{instant}} NOT NULL,
    reason {{id}} NOT NULL,
    deliveries {{count}} NOT NULL,
    PRIMARY KEY (org_id, source_id, rejected_at, reason)
){{strict}};

CREATE INDEX session_with_address ON session (org_id, joined_at) WHERE ip_address IS NOT NULL;

CREATE INDEX context_with_address ON context (org_id, told_at) WHERE ip_address IS NOT NULL;

CREATE INDEX event_by_arrival ON event (org_id, received_at);
