-- Compatible with programs of schema 0016 on; runs in a transaction.

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
