"""The application in this process, on an embedded database of its own."""

import shutil
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from support.settings import SECRET_KEY
from web.application import Application, Running, application


@pytest.fixture
def running(sqlite_ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Running:
    """Runs the application with these settings."""
    ledger = shutil.copy(sqlite_ledger, tmp_path / "ledger.db")

    def run(**settings: str) -> AbstractAsyncContextManager[Application]:
        own = {
            "ROLLBOOK_DATABASE_URL": f"sqlite:///{ledger}",
            "ROLLBOOK_SECRET_KEY": SECRET_KEY,
            "ROLLBOOK_UPKEEP_SECONDS": "0",
            **settings,
        }
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        return application()

    return run
