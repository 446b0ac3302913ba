"""A service that reads from a replica shows what was acknowledged, within the time that it states."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from ingest.account import NO_UPKEEP, Account, opened_account
from ingest.webhooks import term
from server.databases import OwnPostgres, Standby, own_postgres_server
from server.link import link_to
from server.process import Service, run, serving
from support.postgres import execute

from rollbook.store.engine.postgres_connecting import FOLLOWS, TAKES_WRITES, Hosts

SECONDS = 1
"""How far behind the replica may be in these tests."""

PATIENCE = 30


@pytest.fixture(scope="module")
def primary() -> Iterator[OwnPostgres]:
    with own_postgres_server() as server:
        run(server.url, "db", "upgrade")
        yield server


@pytest.fixture(scope="module")
def standby(primary: OwnPostgres) -> Iterator[Standby]:
    with primary.followed() as follower:
        yield follower


@dataclass(frozen=True)
class Served:
    """A service with a replica, and an organization in it."""

    service: Service
    account: Account

    def replica(self) -> str:
        """How the replica stands, as `/readyz` says."""
        with self.service.client() as client:
            answer = client.get("/readyz")
        assert answer.status_code == 200
        return str(answer.json()["replica"])

    def reads(self) -> Mapping[str, int]:
        """How many reads there were, by where."""
        with self.service.client() as client:
            text = client.get("/metrics").text
        found = re.findall(
            r'^rollbook_replica_reads_total\{place="(\w+)"\} (\S+)', text, re.MULTILINE
        )
        return {"replica": 0, "ledger": 0} | {place: int(float(count)) for place, count in found}

    def shows_all(self) -> bool:
        """Whether the contract's reports show every session that is in the ledger."""
        uids = {str(row[0]) for row in self.account.rows("participant", "participant_id")}
        # Who never was in a room, as of an aborted connection, is in no report.
        rows = self.account.rows("session", "participant_id, joined_at")
        there = sum(None not in row for row in rows)
        assert there > 0
        return sum(len(self.account.visits(uid)) for uid in uids) == there

    def csv(self, uid: str) -> str:
        asked = {"uid": uid, "startDate": "2024-01-01", "endDate": "2024-01-31", "export": "csv"}
        answer = self.account.post("/v1/participant/sessions", asked)
        assert answer.status_code == 200
        return answer.text


def becomes(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def served(
    request: pytest.FixtureRequest, primary: OwnPostgres, standby: Standby, tmp_path: Path
) -> Iterator[Served]:
    """Reads all reports from the replica, unless the test says `long` alone."""
    settings = {
        **NO_UPKEEP,
        "ROLLBOOK_READ_DATABASE_URL": standby.url,
        "ROLLBOOK_READ_STALENESS_SECONDS": str(SECONDS),
        "ROLLBOOK_READ_SCOPE": getattr(request, "param", "all"),
    }
    with serving(primary.url, tmp_path, settings=settings) as service:
        yield Served(service, opened_account(service.url, primary.url))
    # Whatever a test did to it, it follows again for the next one.
    asyncio.run(execute(standby.url, "SELECT pg_wal_replay_resume()"))


def test_reports_are_read_from_the_replica_and_show_what_was_acknowledged(served: Served) -> None:
    assert becomes(lambda: served.replica() == "fresh")
    events = term(seed=3, stays=3)
    served.account.delivered(*events)
    assert becomes(served.shows_all)
    before = served.reads()
    assert becomes(lambda: served.shows_all() and served.replica() == "fresh")
    assert served.reads()["replica"] > before["replica"]


def test_what_a_replica_has_not_replayed_is_read_from_the_ledger(
    served: Served, standby: Standby
) -> None:
    assert becomes(lambda: served.replica() == "fresh")
    asyncio.run(execute(standby.url, "SELECT pg_wal_replay_pause()"))
    served.account.delivered(*term(seed=4, stays=3))
    # The replica never shows them, and still they are seen once its time is over.
    assert becomes(served.shows_all)
    assert becomes(lambda: served.replica() == "behind")
    before = served.reads()
    assert served.shows_all()
    assert served.reads()["replica"] == before["replica"]
    asyncio.run(execute(standby.url, "SELECT pg_wal_replay_resume()"))
    assert becomes(lambda: served.replica() == "fresh")
    assert served.shows_all()


@pytest.mark.parametrize("served", ["long"], indirect=True)
def test_unless_asked_for_only_long_reads_go_to_the_replica(served: Served) -> None:
    served.account.delivered(*term(seed=5, stays=3))
    assert becomes(lambda: served.replica() == "fresh")
    before = served.reads()
    assert served.shows_all()
    assert served.reads() == before
    (uid, *_) = (str(row[0]) for row in served.account.rows("participant", "participant_id"))
    assert uid in served.csv(uid)
    assert served.reads()["replica"] > before["replica"]


def test_a_replica_that_is_away_is_told_and_missed_by_nobody(
    primary: OwnPostgres, tmp_path: Path
) -> None:
    with primary.followed() as follower:
        settings = {
            **NO_UPKEEP,
            "ROLLBOOK_READ_DATABASE_URL": follower.url,
            "ROLLBOOK_READ_STALENESS_SECONDS": str(SECONDS),
            "ROLLBOOK_READ_SCOPE": "all",
        }
        with serving(primary.url, tmp_path, settings=settings) as service:
            served = Served(service, opened_account(service.url, primary.url))
            served.account.delivered(*term(seed=6, stays=3))
            assert becomes(lambda: served.replica() == "fresh" and served.shows_all())
            follower.stop()
            assert served.shows_all()
            assert becomes(lambda: served.replica() == "away")
            assert served.shows_all()
            follower.start()
            assert becomes(lambda: served.replica() == "fresh")
        # Nor does a service wait for it to begin.
        follower.stop()
        with serving(primary.url, tmp_path, settings=settings) as service:
            again = Served(service, Account(service.url, served.account.tenant))
            assert (again.shows_all(), again.replica()) == (True, "away")
        follower.start()


def test_a_database_that_follows_nobody_is_never_read_from(
    served: Served, primary: OwnPostgres, tmp_path: Path
) -> None:
    del served
    with own_postgres_server() as stranger:
        run(stranger.url, "db", "upgrade")
        settings = {
            **NO_UPKEEP,
            "ROLLBOOK_READ_DATABASE_URL": stranger.url,
            "ROLLBOOK_READ_SCOPE": "all",
        }
        with serving(primary.url, tmp_path, settings=settings) as service:
            account = opened_account(service.url, primary.url)
            account.delivered(*term(seed=7, stays=3))
            other = Served(service, account)
            assert becomes(lambda: other.replica() == "behind")
            assert other.shows_all()
            assert other.reads()["replica"] == 0


@pytest.mark.parametrize(
    ("said", "wanted", "recovering"),
    [
        ("", TAKES_WRITES, False),
        ("", FOLLOWS, True),
        ("?target_session_attrs=standby", TAKES_WRITES, True),
        ("?target_session_attrs=primary", FOLLOWS, False),
        ("?target_session_attrs=read-write", FOLLOWS, False),
        ("?target_session_attrs=read-only", TAKES_WRITES, True),
    ],
)
@pytest.mark.parametrize("turned", [False, True], ids=["primary first", "standby first"])
async def test_of_several_hosts_the_one_is_used_that_is_wanted(
    primary: OwnPostgres,
    standby: Standby,
    said: str,
    wanted: object,
    recovering: bool,
    turned: bool,
) -> None:
    with link_to(primary.socket_path) as one, link_to(standby.socket_path) as other:
        ports = (one.port, other.port)
        hosts = ",".join(f"127.0.0.1:{port}" for port in (reversed(ports) if turned else ports))
        url = f"postgresql://postgres:@{hosts}/postgres{said}"
        connection: asyncpg.Connection = await Hosts(url, wanted).connect()  # type: ignore[arg-type]  # one of its words
        try:
            assert await connection.fetchval("SELECT pg_is_in_recovery()") is recovering
        finally:
            await connection.close()


def test_a_replica_of_an_embedded_ledger_is_refused(tmp_path: Path) -> None:
    from cli.commands import Cli  # noqa: PLC0415 - it is needed here alone

    url = f"sqlite:///{quote(str(tmp_path))}/ledger.db"
    line = Cli(url).fails("check", settings={"ROLLBOOK_READ_DATABASE_URL": "postgresql://db/x"})
    assert line == "rollbook: ROLLBOOK_READ_DATABASE_URL names a replica, which only PostgreSQL has"
