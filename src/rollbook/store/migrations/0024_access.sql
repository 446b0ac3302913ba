-- Compatible with programs of schema 0016 on; runs in a transaction.
-- Programs of before know no scopes and no expiry: limit a key once the last of them is gone.

-- What a key may do (domain/scopes.py), words apart by spaces; NULL is everything.
ALTER TABLE organization_key ADD COLUMN scopes {{id}};
ALTER TABLE organization_key ADD COLUMN expires_at {{instant}};
-- When it was used last, to a day.
ALTER TABLE organization_key ADD COLUMN used_at {{instant}};

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
