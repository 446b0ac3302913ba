-- name: tables_about_it (sqlite)
-- Which tables there are that tell of the database itself.
SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('schema_migration', 'ledger_move');

-- name: tables_about_it (postgres)
-- Which tables there are that tell of the database itself.
SELECT relname FROM pg_catalog.pg_class
WHERE oid IN (to_regclass('schema_migration'), to_regclass('ledger_move'));

-- name: move
-- The move that the database takes part in.
SELECT move_id, side, other, begun_at, done_at FROM ledger_move;

-- name: begin_move
-- Note the move that it takes part in from now on.
INSERT INTO ledger_move (move_id, side, other, begun_at) VALUES (:move_id, :side, :other, :begun_at);

-- name: end_move
-- Note that all of it is at the other place.
UPDATE ledger_move SET done_at = :done_at WHERE move_id = :move_id;

-- name: applied_migrations
-- The versions that this database has had.
SELECT version FROM schema_migration ORDER BY version;

-- name: migrations_from
-- What migrations say of the programs that work with them; one that says nothing, only of its own.
SELECT version, COALESCE(compatible_from, version), applied_by FROM schema_migration
WHERE version >= :version
ORDER BY version;

-- name: leave_mark
-- Leave a mark in the ledger: whatever shows it shows all that was committed before. It names no
-- organization, as below.
INSERT INTO lease (name, holder, held_until) VALUES (:name, :holder, :left_at)
ON CONFLICT (name) DO UPDATE SET held_until = excluded.held_until;

-- name: mark_shown
-- The last mark of a process that a copy of the ledger shows.
SELECT held_until FROM lease WHERE name = :name;

-- name: forget_marks
-- Forget marks of processes that have ended long ago.
DELETE FROM lease WHERE name >= :first AND name < :after_last AND held_until < :before;

-- name: note_migration
-- One more version applied.
INSERT INTO schema_migration (version, name, applied_at) VALUES (:version, :name, :applied_at);

-- name: note_compatible_programs
-- Which programs work on the database after a migration, and which release applied it.
UPDATE schema_migration SET compatible_from = :compatible_from, applied_by = :applied_by
WHERE version = :version;

-- name: bar_programs_before
-- Something is in the database that only programs of this schema, and later ones, can read.
UPDATE schema_migration SET compatible_from = :schema
WHERE version = :schema AND compatible_from < :schema;
