"""The command line with a database, and an organization in it."""

from pathlib import Path

import pytest
from cli.commands import Cli
from support.visits import Visit


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on SQLite and on PostgreSQL, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Cli(database_url)


@pytest.fixture
def sqlite_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on a SQLite database that is not there yet, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Cli(f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture
def key(cli: Cli) -> str:
    """The key of an organization."""
    made: str = cli.json("org", "create", "Riverside School")["orgId"]
    return made


@pytest.fixture
def school_file(tmp_path: Path) -> Path:
    """A file with two visits of Jane, in two rooms, and one of a teacher that still lasts."""
    visits = (
        Visit(ip="192.168.1.100"),
        Visit(
            room="physics-101",
            title="Physics Intro",
            joined="2024-01-16T11:00:00Z",
            left="2024-01-16T11:30:30Z",
        ),
        Visit(uid="teacher-1", name="Amélie Dupont", role="TEACHER", left=None),
    )
    file = tmp_path / "sessions.jsonl"
    file.write_text("".join(visit.line() + "\n" for visit in visits), encoding="utf-8")
    return file
