"""The document of a running service, and what others make of it. Node's tools are in package.json.

Where there is no Node these tests are skipped on a desk and fail in CI.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from server.process import Service, serving
from server.tenants import Tenant, new_tenant

HERE = Path(__file__).parent
LOCKED = HERE / "package-lock.json"
INSTALLED = HERE / "node_modules" / ".installed-from"

Tool = Callable[..., str]


@dataclass(frozen=True)
class Asked:
    """A service with its document in a file, and an organization that may ask it."""

    service: Service
    tenant: Tenant
    document: Path


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("clients")
    url = f"sqlite:///{folder / 'ledger.db'}"
    with serving(url, folder) as service:
        document = folder / "openapi.json"
        with service.client() as client:
            document.write_bytes(client.get("/schema/openapi.json").content)
        yield Asked(service, new_tenant(url), document)


@pytest.fixture(scope="session")
def tool() -> Tool:
    """Runs a program of package.json in a folder and answers what it prints; it must end well."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no node or no npm on the PATH, which CI needs for clients in TypeScript")
        pytest.skip("no node or no npm on the PATH, which clients in TypeScript need")
    _install()

    def run(program: str, *arguments: object, cwd: Path = HERE) -> str:
        return _said([HERE / "node_modules" / ".bin" / program, *map(str, arguments)], cwd)

    return run


@pytest.fixture
def node(tool: Tool) -> Tool:
    """Runs a script with Node."""
    del tool

    def run(script: Path, *arguments: str) -> str:
        return _said(["node", script, *arguments], script.parent)

    return run


def _install() -> None:
    """Install what is locked, once for all processes that run tests."""
    with (HERE / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        locked = LOCKED.read_bytes()
        if not INSTALLED.exists() or INSTALLED.read_bytes() != locked:
            _said(["npm", "ci", "--ignore-scripts"], HERE)
            INSTALLED.write_bytes(locked)


def _said(command: Sequence[str | Path], cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
