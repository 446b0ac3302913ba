"""Services that run, on SQLite and on PostgreSQL, and organizations in them."""

from collections.abc import Iterator

import pytest
from server.databases import OwnPostgres, own_postgres_server
from server.process import Service, run, serving
from server.tenants import Tenant, new_tenant


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def served_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with our schema that the tests of one process share."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('served') / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_server").new_database()
    run(url, "db", "upgrade")
    return url


@pytest.fixture(scope="session")
def service(served_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with one worker, shared: no test may stop it."""
    with serving(served_url, tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def tenant(service: Service, served_url: str) -> Tenant:
    """An organization that is set up, with nothing in it."""
    return new_tenant(served_url)


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[OwnPostgres]:
    """A PostgreSQL server that a test may stop, if it starts it again."""
    with own_postgres_server() as server:
        yield server
