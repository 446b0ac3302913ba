"""A cluster of Citus that tests are given, where they are: no package registry has it."""

import os

_SAID = os.environ.pop("ROLLBOOK_TEST_CITUS_URL", None)
_BESIDE_OTHERS = "PYTEST_XDIST_WORKER" in os.environ

GIVEN_URL = None if _BESIDE_OTHERS else _SAID
"""A database of a coordinator with its nodes, for tests alone, which empty it: so one at a time.

Taken out of the environment, as Rollbook has no such setting.
"""

WHY_NOT = (
    "the cluster is one for all processes: run this without pytest's -n"
    if _SAID
    else "no package registry has Citus, and ROLLBOOK_TEST_CITUS_URL names no coordinator"
)

FEW_PARTS = """
    DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET citus.shard_count = 4', current_database());
    END $$
"""
"""Tests empty tables again and again, part by part."""

# Parts of tables are tables too, where a node holds some itself, and go with what they are parts of.
DROP_ALL = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT relname FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_table_is_visible(oid)
        LOOP EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', name); END LOOP;
    END $$
"""
