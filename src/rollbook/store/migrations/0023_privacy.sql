-- Compatible with programs of schema 0016 on; runs in a transaction.
-- Programs of before know nobody who was erased: erase once the last of them is gone.

-- What the pseudonyms of erased people are made with; NULL until somebody is.
ALTER TABLE organization ADD COLUMN erasure_key {{bytes}};
-- What is kept of addresses: NULL all of it, 1 the network, 2 nothing.
ALTER TABLE organization ADD COLUMN addresses_kept {{small}};
-- Who joined before this instant has no user agent any more (retention).
ALTER TABLE organization ADD COLUMN agents_until {{instant}};

-- The same of user agents as of addresses, and of people who were not seen for so long: 0 is for ever.
-- The instants say how far forgetting has come; NULL is nowhere.
ALTER TABLE retention ADD COLUMN agent_days integer NOT NULL DEFAULT 0;
ALTER TABLE retention ADD COLUMN people_days integer NOT NULL DEFAULT 0;
ALTER TABLE retention ADD COLUMN agents_until {{instant}};
ALTER TABLE retention ADD COLUMN context_agents_until {{instant}};
ALTER TABLE retention ADD COLUMN people_until {{instant}};

-- Who was erased: pseudonyms, keyed hashes of what a person was known by (domain/erasing.py).
-- unfinished is 1 until all events were looked through for an id; it is 2 for a name, and 3 for an id of
-- somebody who was not seen for long: these go then.
CREATE TABLE erased (
    org_id {{id}} NOT NULL,
    pseudonym {{id}} NOT NULL,
    erased_at {{instant}} NOT NULL,
    unfinished {{small}},
    PRIMARY KEY (org_id, pseudonym)
){{strict}};

-- How far all events of an organization were looked through for who was erased, by their arrival.
CREATE TABLE erasure (
    org_id {{id}} NOT NULL PRIMARY KEY,
    events_until {{instant}} NOT NULL
){{strict}};
