"""Services that take events, and organizations in them."""

from collections.abc import Iterator

import pytest
from ingest.account import NO_UPKEEP, Account, opened_account
from server.process import Service, run, serving


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def served_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with our schema that the tests of one process share."""
    return new_database(str(request.param), request, tmp_path_factory)


@pytest.fixture(scope="session")
def service(served_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with one worker, shared: no test may stop it."""
    with serving(served_url, tmp_path_factory.mktemp("service"), settings=NO_UPKEEP) as running:
        yield running


@pytest.fixture
def account(service: Service, served_url: str) -> Account:
    """A new organization with a LiveKit source."""
    return opened_account(service.url, served_url)


@pytest.fixture
def other_account(service: Service, served_url: str) -> Account:
    """Another tenant of the same service."""
    return opened_account(service.url, served_url)


def new_database(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    if engine == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('served') / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_server").new_database()
    run(url, "db", "upgrade")
    return url
