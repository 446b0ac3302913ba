"""Programs of Node that tests use, each folder with a package.json and what it locks.

Where there is no Node such tests are skipped on a desk and fail in CI.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest


def require_node(what: str) -> None:
    if shutil.which("node") is not None and shutil.which("npm") is not None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"no node or no npm on the PATH, which CI needs for {what}")
    pytest.skip(f"no node or no npm on the PATH, which {what} need")


def install(folder: Path) -> None:
    """Install what a folder locks, once for all processes that run tests."""
    installed = folder / "node_modules" / ".installed-from"
    with (folder / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        locked = (folder / "package-lock.json").read_bytes()
        if not installed.exists() or installed.read_bytes() != locked:
            said(["npm", "ci", "--ignore-scripts"], folder)
            installed.write_bytes(locked)


def said(command: Sequence[str | Path], folder: Path) -> str:
    """What a command prints that is run in a folder; it must end well."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
