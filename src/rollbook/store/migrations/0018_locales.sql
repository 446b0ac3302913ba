-- Compatible with programs of schema 0017 on; runs in a transaction.

ALTER TABLE organization ADD COLUMN locale text;
