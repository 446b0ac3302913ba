"""`rollbook db distribute`, on a real cluster of Citus where one is given."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from cli.commands import Cli
from ingest.account import NO_UPKEEP, opened_account, plain_rows
from ingest.load import Load, deliver
from ingest.webhooks import shuffled, term
from server.newer import newer_program
from server.process import run, serving
from support import citus
from support.catalog import run_script
from support.migrations import OWN, file_name, file_text

from rollbook.store.engine.statements import statements

LOCAL = "email_owner, installation_secret, key_owner, lease, schema_migration"
DEMO = Path(__file__).parents[2] / "demo" / "sessions.jsonl"
DAYS = ("--from", "2024-01-01", "--to", "2024-12-31")


@pytest.fixture
def cluster(citus_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """The command line on a cluster with our schema, of which nothing is distributed."""
    monkeypatch.chdir(tmp_path)
    run_script(citus_url, citus.DROP_ALL)
    cli = Cli(citus_url)
    cli.prints("db", "upgrade")
    yield cli
    # Other tests find it as they left it, or make it anew.
    run_script(citus_url, citus.DROP_ALL)


@pytest.fixture
def key(cluster: Cli, tmp_path: Path) -> str:
    key: str = cluster.json("org", "create", "Riverside")["orgId"]
    (tmp_path / "sessions.jsonl").write_bytes(DEMO.read_bytes())
    cluster.prints("import", "sessions.jsonl", "--org", key)
    return key


def distributed(cli: Cli) -> set[str]:
    sql = "SELECT table_name::text FROM citus_tables WHERE citus_table_type = 'distributed'"
    return {str(name) for (name,) in plain_rows(cli.database_url, sql)}


def test_rows_and_reports_are_the_same_afterwards(cluster: Cli, key: str) -> None:
    asked = ("report", "student-123", "--org", key, *DAYS, "--json")
    before = cluster.prints(*asked)
    planned = cluster.prints("db", "distribute", "--dry-run")
    assert re.search(r"^To distribute: .*organization.*session", planned, re.MULTILINE)
    assert distributed(cluster) == set()
    done = cluster.prints("db", "distribute")
    assert done == planned.replace("To distribute", "Distributed now")
    assert done.endswith(f"On this server alone: {LOCAL}\n")
    assert "session" in distributed(cluster)
    assert cluster.prints(*asked) == before
    assert cluster.prints("db", "check").endswith(" 0 not as events tell.\n")


@pytest.mark.usefixtures("key")
def test_all_of_an_organization_lies_together_and_keys_are_kept(cluster: Cli) -> None:
    keys = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY 1"
    visible = keys.replace("contype", "conrelid::regclass::text !~ '_\\d+$' AND contype")
    before = plain_rows(cluster.database_url, visible)
    cluster.prints("db", "distribute")
    assert plain_rows(cluster.database_url, visible) == before != []
    groups = "SELECT DISTINCT colocation_id, distribution_column FROM citus_tables WHERE citus_table_type = 'distributed'"
    ((_, column),) = plain_rows(cluster.database_url, groups)
    assert column == "org_id"
    # Nothing of what was moved is left where it was.
    left = "SELECT relname FROM pg_class JOIN pg_dist_partition ON oid = logicalrelid WHERE pg_relation_size(oid) > 0"
    assert plain_rows(cluster.database_url, left) == []


def test_again_there_is_nothing_to_do(cluster: Cli) -> None:
    cluster.prints("db", "distribute")
    assert "\nDistributed now: none\n" in cluster.prints("db", "distribute")
    assert cluster.prints("db", "upgrade") == "The schema is up to date.\n"


@pytest.mark.usefixtures("key")
def test_where_citus_refuses_a_table_nothing_has_changed(cluster: Cli) -> None:
    # The last table by name: all the others are distributed before, and taken back.
    run_script(cluster.database_url, "CREATE UNIQUE INDEX odd ON term (first_day)")
    line = cluster.fails("db", "distribute")
    assert "Citus refuses, and nothing has changed" in line
    assert distributed(cluster) == set()
    run_script(cluster.database_url, "DROP INDEX odd")
    cluster.prints("db", "distribute")


def test_an_upgrade_works_and_spreads_new_tables(cluster: Cli, tmp_path: Path) -> None:
    cluster.prints("db", "distribute")
    badge = "CREATE TABLE badge (org_id {{id}} NOT NULL PRIMARY KEY, said text){{strict}};"
    mood = "ALTER TABLE session ADD COLUMN mood text;"
    index = "CREATE INDEX {{concurrently}} IF NOT EXISTS moods ON session (org_id, mood);"
    steps = {
        file_name(OWN + 1): file_text(OWN + 1, f"{badge}\n{mood}"),
        file_name(OWN + 2): file_text(OWN + 2, index, alone=True),
    }
    newer = newer_program(tmp_path / "newer", steps)
    run(cluster.database_url, "db", "upgrade", settings=newer)
    assert {"badge", "session"} <= distributed(cluster)
    assert plain_rows(cluster.database_url, "SELECT mood FROM session") == []


def test_events_in_any_order_make_the_same_ledger(cluster: Cli, tmp_path: Path) -> None:
    cluster.prints("db", "distribute")
    with serving(cluster.database_url, tmp_path, "--workers", "2", settings=NO_UPKEEP) as service:
        events = term(seed=8, stays=12)
        one, other = (opened_account(service.url, cluster.database_url) for _ in range(2))
        for account, told in ((one, events), (other, shuffled(events, seed=8, again=10))):
            asyncio.run(deliver([account.webhook], told, Load(), persistent=True))
        uids = {str(row[0]) for row in one.rows("participant", "participant_id")}
        for uid in uids:
            assert one.report(uid) == other.report(uid)


def test_a_large_organization_gets_a_node_of_its_own(cluster: Cli, key: str) -> None:
    """The commands of docs/scaling.md."""
    cluster.prints("db", "distribute")
    url = cluster.database_url
    ((org,),) = plain_rows(url, "SELECT org_id FROM organization")
    shard = f"get_shard_id_for_distribution_column('organization', '{org}')"
    run_script(url, f"SELECT isolate_tenant_to_new_shard('organization', '{org}', 'CASCADE')")
    where = f"SELECT nodename, nodeport FROM citus_shards WHERE shardid = {shard}"
    ((host, port),) = plain_rows(url, where)
    others = (
        f"SELECT nodename, nodeport FROM pg_dist_node WHERE shouldhaveshards AND nodeport <> {port}"
    )
    (name, number), *_ = plain_rows(url, others)
    run_script(
        url,
        f"SELECT citus_move_shard_placement({shard}, '{host}', {port}, '{name}', {number},"
        " 'block_writes')",
    )
    assert plain_rows(url, where) == [(name, number)]
    assert "student-123" in cluster.prints("report", "student-123", "--org", key, *DAYS)
    assert cluster.prints("db", "check").endswith(" 0 not as events tell.\n")


def test_a_ledger_moves_into_a_distributed_database(cluster: Cli, tmp_path: Path) -> None:
    cluster.prints("db", "distribute")
    source = Cli(f"sqlite:///{tmp_path / 'ledger.db'}")
    key = source.json("org", "create", "Riverside")["orgId"]
    source.prints("import", str(DEMO), "--org", key)
    assert "and compared" in source.prints("db", "copy", "--to", cluster.database_url)
    asked = ("report", "student-123", "--org", key, *DAYS, "--json")
    source.prints("db", "copy", "--release")
    assert cluster.prints(*asked) == source.prints(*asked)
    line = cluster.fails("db", "copy", "--to", f"sqlite:///{tmp_path / 'back.db'}")
    assert "is distributed, where no trigger can keep writers out of it" in line


def test_every_statement_about_an_organization_asks_one_node(cluster: Cli) -> None:
    cluster.prints("db", "distribute")
    tables = distributed(cluster)
    asked = {
        name: statement
        for name, statement in statements("postgres").items()
        if "org_id" in statement.parameters
    }
    assert len(asked) > 50
    plans = asyncio.run(_plans(cluster.database_url, asked))
    wide = {
        name
        for name, plan in plans.items()
        if any(re.search(rf"\b{table}\b", asked[name].sql) for table in tables)
        # None where what stands for the parameters, NULL, can be nowhere.
        and not re.search(r"Task Count: [01]$", plan, re.MULTILINE)
    }
    assert wide == set()


@pytest.mark.usefixtures("key")
def test_an_import_counts_the_part_of_its_organization_alone(cluster: Cli) -> None:
    cluster.prints("db", "distribute")
    before = counted(cluster.database_url)
    other = cluster.json("org", "create", "Lakeside")["orgId"]
    cluster.prints("import", "sessions.jsonl", "--org", other)
    part = "get_shard_id_for_distribution_column('session', org_id)"
    its_own = plain_rows(
        cluster.database_url, f"SELECT {part} FROM organization WHERE name = 'Lakeside'"
    )
    after = counted(cluster.database_url)
    assert [(number,) for number, when in after.items() if when != before[number]] == its_own


def counted(url: str) -> dict[object, object]:
    """When each part of the sessions was last counted."""
    asked = "SELECT last_analyze FROM pg_stat_user_tables WHERE relid = ''%s''::regclass"
    sql = f"SELECT shardid, result FROM run_command_on_shards('session', '{asked}')"
    return {row[0]: row[1] for row in plain_rows(url, sql)}


async def _plans(url: str, asked: object) -> dict[str, str]:
    """How each statement is carried out about one organization."""
    assert isinstance(asked, dict)
    connection = await asyncpg.connect(url)
    try:
        found = {}
        for name, statement in asked.items():
            types = [
                "'aaaaaaaaaa'" if parameter == "org_id" else "NULL"
                for parameter in statement.parameters
            ]
            await connection.execute(f"PREPARE asked AS {statement.sql}")
            rows = await connection.fetch(f"EXPLAIN EXECUTE asked ({', '.join(types)})")
            found[name] = "\n".join(str(row[0]) for row in rows)
            await connection.execute("DEALLOCATE asked")
        return found
    finally:
        await connection.close()
