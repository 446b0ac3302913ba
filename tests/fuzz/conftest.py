"""Hunts for faults: a short round each in `make test`; with `--seconds` for as long as is said."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz.hunt import Hunt
from fuzz.served import Served, served
from support.settings import SECRET_KEY


@pytest.fixture
def hunt(request: pytest.FixtureRequest) -> Hunt:
    """The hunt of this test, which fails by what it finds."""

    def say(text: str) -> None:
        capture = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            sys.stdout.write(f"\n{request.node.name}: {text}\n")

    return Hunt(request.node.name, float(request.config.getoption("--seconds")), say)


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The application with a school in it, on an embedded ledger."""
    file = tmp_path / "ledger.db"
    monkeypatch.setenv("ROLLBOOK_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("ROLLBOOK_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("ROLLBOOK_UPKEEP_SECONDS", "0")
    monkeypatch.setenv("ROLLBOOK_LOG_LEVEL", "error")
    with served(file) as running:
        yield running
