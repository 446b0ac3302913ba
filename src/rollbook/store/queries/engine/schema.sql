-- name: migration_table (sqlite)
-- Whether any migration was ever applied here.
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration';

-- name: migration_table (postgres)
-- Whether any migration was ever applied here.
SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass('schema_migration');

-- name: applied_migrations
-- The versions that this database has had.
SELECT version FROM schema_migration ORDER BY version;

-- name: migrations_from
-- What migrations say of the programs that work with them; one that says nothing, only of its own.
SELECT version, COALESCE(compatible_from, version), applied_by FROM schema_migration
WHERE version >= :version
ORDER BY version;

-- name: note_migration
-- One more version applied.
INSERT INTO schema_migration (version, name, applied_at) VALUES (:version, :name, :applied_at);

-- name: note_compatible_programs
-- Which programs work on the database after a migration, and which release applied it.
UPDATE schema_migration SET compatible_from = :compatible_from, applied_by = :applied_by
WHERE version = :version;
