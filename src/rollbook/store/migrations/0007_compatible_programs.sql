-- Compatible with programs of schema 0007 on; runs in a transaction.
-- What a program finds here of migrations that are newer than itself: the schema of the oldest
-- programs that still work, and the release that applied it. Both are NULL for older migrations.

ALTER TABLE schema_migration ADD COLUMN compatible_from integer;
ALTER TABLE schema_migration ADD COLUMN applied_by text;
