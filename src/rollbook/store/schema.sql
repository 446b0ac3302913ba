-- The whole schema as it stands after the last migration, for people to read.
-- A test proves that the chain of migrations gives exactly this on both engines.
--
-- Words in double braces are what the engines call differently (store/engine/migrations.py):
--   id       an identifier, compared byte by byte       text COLLATE "C"   TEXT
--   instant  milliseconds UTC to the program            timestamptz        INTEGER
--   address  an IP address                              inet               TEXT
--   small    a small number                             smallint           INTEGER
--   count    a number that grows for ever               bigint             INTEGER
--   bytes    bytes                                       bytea              BLOB
--   strict   the table checks types                     (always)           STRICT
--   covering what an index has beside its key           ) INCLUDE (        ,
--
-- "For" names the statements that an index is there for, in queries/: a test looks at their plans.
-- Every tenant's key begins with org_id and no foreign key leaves the tenant, so every table can
-- be distributed by org_id over several machines.

CREATE TABLE organization (
    org_id {{id}} NOT NULL PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL,
    credit_rounding text NOT NULL CHECK (credit_rounding IN ('up', 'half-up', 'down')),
    credit_minimum_seconds integer NOT NULL CHECK (credit_minimum_seconds >= 0),
    created_at {{instant}} NOT NULL,
    -- How long a session may be open before upkeep closes it; 0 means for ever.
    session_timeout_seconds integer NOT NULL DEFAULT 86400 CHECK (session_timeout_seconds >= 0),
    -- Who joined before this instant has no address any more (retention).
    addresses_until {{instant}},
    -- As in which place pages write dates and numbers, such as de_DE; NULL is as everywhere.
    locale text,
    -- What the pseudonyms of erased people are made with; NULL until somebody is.
    erasure_key {{bytes}},
    -- What is kept of addresses: NULL all of it, 1 the network, 2 nothing.
    addresses_kept {{small}},
    -- Who joined before this instant has no user agent any more (retention).
    agents_until {{instant}}
){{strict}};

-- What opens an organization: SHA-256 of a VF-ORG-ID, in hex; the value itself is never stored.
CREATE TABLE organization_key (
    org_id {{id}} NOT NULL REFERENCES organization (org_id),
    key_hash {{id}} NOT NULL,
    label text NOT NULL,
    created_at {{instant}} NOT NULL,
    revoked_at {{instant}},
    -- What it may do (domain/scopes.py), words apart by spaces; NULL is everything.
    scopes {{id}},
    expires_at {{instant}},
    -- When it was used last, to a day.
    used_at {{instant}},
    PRIMARY KEY (org_id, key_hash)
){{strict}};

-- Where sessions come from: a platform's webhooks, our own event form, imported files.
CREATE TABLE source (
    org_id {{id}} NOT NULL REFERENCES organization (org_id),
    source_id {{id}} NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    created_at {{instant}} NOT NULL,
    secrets text NOT NULL DEFAULT '[]',   -- what proves a delivery, several while rotating: JSON, sealed (store/sealing.py)
    settings text NOT NULL DEFAULT '{}',  -- JSON: how the platform's payloads are read
    disabled_at {{instant}},
    PRIMARY KEY (org_id, source_id)
){{strict}};

-- The latest known name and role of a person, and when each was told.
CREATE TABLE participant (
    org_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    name {{id}},
    name_told_at {{instant}},
    role {{id}},
    role_told_at {{instant}},
    -- The latest that imports told, kept apart so that an import can be taken back.
    imported_name {{id}},
    imported_name_told_at {{instant}},
    imported_role {{id}},
    imported_role_told_at {{instant}},
    imported_only {{small}},  -- 1 while nothing but imports told of this person
    PRIMARY KEY (org_id, participant_id)
){{strict}};

-- The latest known title of a room, and when it was told.
CREATE TABLE room (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    title {{id}},
    title_told_at {{instant}},
    imported_title {{id}},
    imported_title_told_at {{instant}},
    PRIMARY KEY (org_id, room_id)
){{strict}};

-- One stay of one person in one room. left_at is NULL while it lasts. participant_id and joined_at
-- are NULL while only a leave was seen that names neither: no report shows such a row.
-- The *_by columns rank the evidence (domain/sessions.py): joined 0 none, 1 told by the leave,
-- 2 seen; left 1 timed out, 2 reconciled, 3 room finished, 4 superseded, 5 leave, 6 corrected.
-- identity is what the platform tells people apart by, where it is not participant_id.
CREATE TABLE session (
    org_id {{id}} NOT NULL,
    session_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    presence_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    instance_id {{id}},
    participant_id {{id}},
    joined_at {{instant}},
    joined_by {{small}} NOT NULL,
    told_left_at {{instant}},
    told_left_by {{small}},
    left_at {{instant}},
    left_by {{small}},
    ip_address {{address}},
    ip_told_at {{instant}},
    user_agent {{id}},
    user_agent_told_at {{instant}},
    identity {{id}},
    -- What a person with the right to it said last, and when: an end, or that the stay never was.
    corrected_at {{instant}},
    corrected_left_at {{instant}},
    voided {{small}},
    PRIMARY KEY (org_id, session_id)
){{strict}};

-- The one range scan behind every report about a person. With the last two columns, sums by person are
-- read from it alone.
-- For: sessions_newest_first, sessions_oldest_first, stays_of_person, page_of_person.
CREATE INDEX session_of_person
ON session (org_id, participant_id, joined_at, session_id{{covering}}left_at, voided);

-- What a person's presences in one run of a room are looked up by when one may end another.
-- For: stays_in_instances, stays_of_people.
CREATE INDEX session_by_instance ON session (org_id, source_id, instance_id, participant_id)
WHERE instance_id IS NOT NULL;

-- The same where the platform tells people apart by another id than their participant_id.
-- For: stays_of_people.
CREATE INDEX session_by_identity ON session (org_id, source_id, instance_id, identity)
WHERE identity IS NOT NULL;

-- Sessions whose end is not told for certain: few, and what a room's end has to look at.
-- For: unsettled_in_rooms.
CREATE INDEX session_unsettled ON session (org_id, source_id, room_id)
WHERE told_left_by IS NULL OR told_left_by < 5;

-- Sessions that run, in the order in which they began: what pages show, what upkeep compares with the
-- platform and looks through for old ones. All others would be in that order too, so it has no source.
-- For: stays_running, page_of_running, open_sessions, overdue_sessions.
CREATE INDEX session_running ON session (org_id, joined_at) WHERE left_at IS NULL;

-- Every event ever accepted, once: what the sessions are folded from and can be rebuilt from.
-- body_hash tells a repeated event from another one under the same id. facts is what the event
-- means (store/facts.py); said what the platform said, with credentials taken out (store/payloads.py).
-- written is 1 where ids and types are written short (store/events.py). payload is what said is now,
-- in rows of before, which have the rest of it at more length too.
CREATE TABLE event (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    event_id {{id}} NOT NULL,
    event_type text NOT NULL,
    occurred_at {{instant}} NOT NULL,
    received_at {{instant}} NOT NULL,
    body_hash {{id}} NOT NULL,
    room_id {{id}},
    session_id {{id}},
    facts text NOT NULL,
    payload text,
    said {{bytes}},
    written {{small}},
    PRIMARY KEY (org_id, source_id, event_id)
){{strict}};

-- For: facts_of_sessions, events_of_presence, events_elsewhere, sessions_told, overdue_sessions.
CREATE INDEX event_by_session ON event (org_id, session_id);

-- What a rebuild replays, room by room.
-- For: rooms_after, events_of_rooms, old_events_of_rooms.
CREATE INDEX event_of_room ON event (org_id, room_id) WHERE room_id IS NOT NULL;

-- When rooms ended. instance_id is '' where the platform does not tell runs of a room apart;
-- started_at is when this run had begun, where the event told.
CREATE TABLE room_end (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    instance_id {{id}} NOT NULL,
    ended_at {{instant}} NOT NULL,
    event_id {{id}} NOT NULL,
    started_at {{instant}},
    PRIMARY KEY (org_id, source_id, room_id, instance_id, ended_at)
){{strict}};

-- When rooms began: an end closes only who joined since.
CREATE TABLE room_start (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    instance_id {{id}} NOT NULL,
    started_at {{instant}} NOT NULL,
    event_id {{id}} NOT NULL,
    PRIMARY KEY (org_id, source_id, room_id, instance_id, started_at)
){{strict}};

-- How a source is doing: counts of deliveries by what became of them.
CREATE TABLE source_health (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    last_received_at {{instant}},
    last_lag_ms {{count}},
    accepted {{count}} NOT NULL DEFAULT 0,
    duplicates {{count}} NOT NULL DEFAULT 0,
    ignored {{count}} NOT NULL DEFAULT 0,
    late {{count}} NOT NULL DEFAULT 0,
    rejected {{count}} NOT NULL DEFAULT 0,
    last_rejected_at {{instant}},
    last_rejection text,
    PRIMARY KEY (org_id, source_id)
){{strict}};

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

-- Which process does a work that only one may do, and until when. The one table that no tenant
-- owns: it belongs to the service itself.
CREATE TABLE lease (
    name {{id}} NOT NULL PRIMARY KEY,
    holder text NOT NULL,
    held_until {{instant}} NOT NULL
){{strict}};

-- When upkeep last asked a source's platform who is in its rooms.
CREATE TABLE look (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    looked_at {{instant}} NOT NULL,
    PRIMARY KEY (org_id, source_id)
){{strict}};

-- What looks showed of sessions that are not over for certain: last seen at seen_at and missed
-- since missed_at; both NULL while the session is listed, for then it was seen in the last look.
CREATE TABLE sighting (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    session_id {{id}} NOT NULL,
    seen_at {{instant}},
    missed_at {{instant}},
    PRIMARY KEY (org_id, source_id, session_id)
){{strict}};

-- What applications tell of people when they let them into a room (domain/context.py).
CREATE TABLE context (
    org_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    told_at {{instant}} NOT NULL,
    ip_address {{address}},
    user_agent {{id}},
    PRIMARY KEY (org_id, participant_id, room_id, told_at)
){{strict}};

-- What belongs to the installation and to no tenant: the name of the key that seals secrets of sources
-- (store/sealing.py). Ledgers of before have what signed their cookies.
CREATE TABLE installation_secret (
    name {{id}} NOT NULL PRIMARY KEY,
    secret text NOT NULL,
    created_at {{instant}} NOT NULL
){{strict}};

-- The term of a school, as ISO dates in its own time zone.
CREATE TABLE term (
    org_id {{id}} NOT NULL PRIMARY KEY,
    first_day text NOT NULL,
    last_day text NOT NULL
){{strict}};

-- What everybody's sessions of a range are found by, and those of a room; sums by room, and how many
-- people came, are read from the latter alone.
-- For: page_of_everybody, join_after, forget_session_addresses.
CREATE INDEX session_by_join ON session (org_id, joined_at);
-- For: page_of_room, stays_in_room, latest_join_in_room, joins_around, stays_joined_between.
CREATE INDEX session_in_room
ON session (org_id, room_id, joined_at{{covering}}left_at, voided, participant_id);

-- For how many days addresses, user agents and the platforms' own words are kept, and who was not seen;
-- 0 is for ever. The instants say how far forgetting has come: among the events, by the time they arrived,
-- among contexts and among people.
CREATE TABLE retention (
    org_id {{id}} NOT NULL PRIMARY KEY,
    address_days integer NOT NULL CHECK (address_days >= 0),
    payload_days integer NOT NULL CHECK (payload_days >= 0),
    addresses_until {{instant}} NOT NULL,
    payloads_until {{instant}} NOT NULL,
    agent_days integer NOT NULL DEFAULT 0,
    people_days integer NOT NULL DEFAULT 0,
    agents_until {{instant}},
    context_agents_until {{instant}},
    people_until {{instant}}
){{strict}};

-- The latest deliveries of each source that were refused, those of one moment and reason together.
CREATE TABLE rejection (
    org_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    rejected_at {{instant}} NOT NULL,
    reason {{id}} NOT NULL,
    deliveries {{count}} NOT NULL,
    PRIMARY KEY (org_id, source_id, rejected_at, reason)
){{strict}};

-- What retention looks for: where no join says when an address is to be forgotten, and below.
-- For: adrift_with_old_address.
CREATE INDEX session_adrift ON session (org_id, joined_at, told_left_at)
WHERE joined_at IS NULL AND ip_address IS NOT NULL;
-- For: forget_context_addresses.
CREATE INDEX context_with_address ON context (org_id, told_at) WHERE ip_address IS NOT NULL;
-- For: arrival_after, events_that_arrived, forget_payloads, latest_events.
CREATE INDEX event_by_arrival ON event (org_id, received_at);

-- Files that were imported. What their rows told is in event, under ids that begin with the import's.
CREATE TABLE file_import (
    org_id {{id}} NOT NULL,
    import_id {{id}} NOT NULL,
    source_id {{id}} NOT NULL,
    file_name text NOT NULL,
    form text NOT NULL,
    imported_at {{instant}} NOT NULL,
    added {{count}} NOT NULL,
    changed {{count}} NOT NULL,
    unchanged {{count}} NOT NULL,
    undone_at {{instant}},
    PRIMARY KEY (org_id, import_id)
){{strict}};

-- The latest name and role of a person, and the latest title of a room, that each import told.
CREATE TABLE imported_person (
    org_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    import_id {{id}} NOT NULL,
    name {{id}},
    name_told_at {{instant}},
    role {{id}},
    role_told_at {{instant}},
    PRIMARY KEY (org_id, participant_id, import_id)
){{strict}};

CREATE TABLE imported_title (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    import_id {{id}} NOT NULL,
    title {{id}} NOT NULL,
    told_at {{instant}} NOT NULL,
    PRIMARY KEY (org_id, room_id, import_id)
){{strict}};

-- Which organization a key opens that does not name it: a VF-ORG-ID that clients had from elsewhere.
-- Asked before the organization is known, so it belongs to the service; only the hash is kept.
CREATE TABLE key_owner (
    key_hash {{id}} NOT NULL PRIMARY KEY,
    org_id {{id}} NOT NULL
){{strict}};

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

-- Who belongs to a room, from a day to a day (ISO dates in the organization's zone), both included;
-- last_day is NULL until that changes. name is what the roster says, for who was never seen.
CREATE TABLE roster (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    first_day {{id}} NOT NULL,
    last_day {{id}},
    name {{id}},
    PRIMARY KEY (org_id, room_id, participant_id, first_day)
){{strict}};

-- What is planned for a room, in ISO dates and HH:MM of the organization's zone. kind is weekly,
-- single, cancelled or moved; days are both included, and last_day is NULL while no end was said.
-- replaces is when the weekly class begins that is cancelled or moved. entry only tells rows apart.
CREATE TABLE schedule (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    entry {{count}} NOT NULL,
    kind {{id}} NOT NULL,
    first_day {{id}} NOT NULL,
    last_day {{id}},
    weekday {{small}},
    replaces {{id}},
    starts {{id}},
    ends {{id}},
    title {{id}},
    PRIMARY KEY (org_id, room_id, entry)
){{strict}};

-- The attendance rule of a room, or of the whole organization, whose room_id is ''.
CREATE TABLE attendance_rule (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    share {{small}} NOT NULL,
    late {{small}} NOT NULL,
    early {{small}} NOT NULL,
    gap {{small}} NOT NULL,
    set_by text NOT NULL,
    set_at {{instant}} NOT NULL,
    PRIMARY KEY (org_id, room_id)
){{strict}};

-- What was said of classes: that one was held between two instants, or, where held is 0, none.
CREATE TABLE kept_class (
    org_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    began_at {{instant}} NOT NULL,
    said_id {{id}} NOT NULL,
    ended_at {{instant}} NOT NULL,
    held {{small}} NOT NULL,
    note text NOT NULL,
    said_by text NOT NULL,
    said_at {{instant}} NOT NULL,
    -- Who took it back, and when; NULL while it holds.
    withdrawn_by text,
    withdrawn_at {{instant}},
    PRIMARY KEY (org_id, room_id, began_at, said_id)
){{strict}};

-- Who is excused from a day to a day (ISO dates in the organization's zone), both included, in one
-- room, or, where room_id is '', in all; with class_at only from the class at that instant.
CREATE TABLE excuse (
    org_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    said_id {{id}} NOT NULL,
    room_id {{id}} NOT NULL,
    first_day {{id}} NOT NULL,
    last_day {{id}} NOT NULL,
    class_at {{instant}},
    note text NOT NULL,
    said_by text NOT NULL,
    said_at {{instant}} NOT NULL,
    withdrawn_by text,
    withdrawn_at {{instant}},
    PRIMARY KEY (org_id, participant_id, said_id)
){{strict}};

-- For: excuses_in_room, excuses_ever_in_room.
CREATE INDEX excuse_in_room ON excuse (org_id, room_id, last_day);

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

-- People who sign in to the pages of an organization. invited_hash is SHA-256 of the token of a link by
-- which they set their password, until invited_until; it is NULL once that is used, or withdrawn.
CREATE TABLE user_account (
    org_id {{id}} NOT NULL,
    user_id {{id}} NOT NULL,
    name {{id}} NOT NULL,
    email {{id}} NOT NULL,  -- in small letters
    role {{id}} NOT NULL,
    password_hash {{id}},
    created_at {{instant}} NOT NULL,
    disabled_at {{instant}},
    signed_in_at {{instant}},
    invited_hash {{id}},
    invited_until {{instant}},
    PRIMARY KEY (org_id, user_id)
){{strict}};

-- For: user_of_email.
CREATE UNIQUE INDEX user_by_email ON user_account (org_id, email);

-- Who a user is in the ledger: what a teacher's own rooms are found by.
CREATE TABLE user_participant (
    org_id {{id}} NOT NULL,
    user_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    PRIMARY KEY (org_id, user_id, participant_id)
){{strict}};

-- In which organizations an e-mail address is that of a user, by its SHA-256: asked before the
-- organization is known, so it belongs to the service.
CREATE TABLE email_owner (
    email_hash {{id}} NOT NULL,
    org_id {{id}} NOT NULL,
    PRIMARY KEY (email_hash, org_id)
){{strict}};

-- Who is signed in: SHA-256 of the token in a cookie, and whether it is a user or a key. proved_at is
-- when the password or key was asked for last.
CREATE TABLE sign_in (
    org_id {{id}} NOT NULL,
    token_hash {{id}} NOT NULL,
    user_id {{id}},
    key_hash {{id}},
    since {{instant}} NOT NULL,
    seen_at {{instant}} NOT NULL,
    proved_at {{instant}} NOT NULL,
    ip_address {{address}},
    user_agent {{id}},
    PRIMARY KEY (org_id, token_hash)
){{strict}};

-- The provider of OpenID Connect that says who somebody is (domain/providers.py). client_secret is sealed
-- (store/sealing.py); role_values is JSON: the values of the claim, by roles.
CREATE TABLE identity_provider (
    org_id {{id}} NOT NULL,
    issuer {{id}} NOT NULL,
    client_id {{id}} NOT NULL,
    client_secret {{id}} NOT NULL,
    role_claim {{id}},
    role_values {{id}},
    PRIMARY KEY (org_id)
){{strict}};

-- By which id a provider knows a user.
CREATE TABLE user_identity (
    org_id {{id}} NOT NULL,
    issuer {{id}} NOT NULL,
    subject {{id}} NOT NULL,
    user_id {{id}} NOT NULL,
    PRIMARY KEY (org_id, issuer, subject)
){{strict}};

-- Links by which a page can be read without signing in (domain/sharing.py): SHA-256 of the token, the page
-- and what it is asked with (JSON; the person alone stands in a column), and the user or key who made it.
CREATE TABLE shared_link (
    org_id {{id}} NOT NULL,
    token_hash {{id}} NOT NULL,
    page {{id}} NOT NULL,
    participant_id {{id}},
    query {{id}} NOT NULL,
    user_id {{id}},
    key_hash {{id}},
    shared_at {{instant}} NOT NULL,
    until_at {{instant}} NOT NULL,
    opened_at {{instant}},
    PRIMARY KEY (org_id, token_hash)
){{strict}};
