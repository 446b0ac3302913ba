-- Compatible with programs of schema 0016 on; runs in a transaction.
-- Programs of before know no teachers among the users: invite one once the last of them is gone.

-- Who a user is in the ledger: what a teacher's own rooms are found by.
CREATE TABLE user_participant (
    org_id {{id}} NOT NULL,
    user_id {{id}} NOT NULL,
    participant_id {{id}} NOT NULL,
    PRIMARY KEY (org_id, user_id, participant_id)
){{strict}};
