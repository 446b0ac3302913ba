"""A ledger that moves, from each engine to the other."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli.commands import Cli
from server.process import run

DIRECTIONS = [("sqlite", "postgres"), ("postgres", "sqlite")]


@dataclass(frozen=True)
class Way:
    """Where a ledger is, and where it goes: the command line there and here."""

    source: Cli
    target: Cli

    def copied(self) -> str:
        """What the command prints that moves it."""
        return self.source.prints("db", "copy", "--to", self.target.database_url)

    def refused(self) -> str:
        """The line that it says instead."""
        return self.source.fails("db", "copy", "--to", self.target.database_url)


@pytest.fixture(params=DIRECTIONS, ids="-to-".join)
def way(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Way:
    """An empty ledger, and a database of the other engine with nothing in it."""
    monkeypatch.chdir(tmp_path)
    source, target = (new_url(engine, request, tmp_path) for engine in request.param)
    run(source, "db", "upgrade")
    return Way(Cli(source), Cli(target))


def new_url(engine: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if engine == "sqlite":
        return f"sqlite:///{folder / 'moving.db'}"
    url: str = request.getfixturevalue("postgres_server").new_database()
    return url


@pytest.fixture
def key(way: Way, school_rows: Path) -> str:
    """The key of an organization in the source, with sessions of every kind."""
    key: str = way.source.json("org", "create", "École 王 😀", "--timezone", "Europe/Paris")[
        "orgId"
    ]
    way.source.prints("import", str(school_rows), "--org", key)
    way.source.prints("org", "set-limits", key, "--events-per-day", "1000")
    way.source.prints("org", "set-retention", key, "--addresses", "400")
    way.source.prints("source", "add", "events", "--org", key)
    return key


@pytest.fixture
def school_rows(tmp_path: Path) -> Path:
    demo = Path(__file__).parents[2] / "demo" / "sessions.jsonl"
    return Path(shutil.copy(demo, tmp_path / "sessions.jsonl"))
