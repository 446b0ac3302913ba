-- Compatible with programs of schema 0016 on; runs in a transaction.

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
