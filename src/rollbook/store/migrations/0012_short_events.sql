-- Compatible with programs of schema 0012 on; runs in a transaction.

-- Events in fewer bytes: the payload deflated, and whether id and type are written short. Facts, hashes
-- and what the events of a presence are found by are shorter texts where they were. Rows of before stay
-- as they are, and are read.
ALTER TABLE event ADD COLUMN said {{bytes}};
ALTER TABLE event ADD COLUMN written {{small}};

-- How far forgetting has come among the sessions: an index of all that have an address was needed
-- where nobody remembered.
ALTER TABLE organization ADD COLUMN addresses_until {{instant}};
