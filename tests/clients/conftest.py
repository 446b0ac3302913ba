"""The document of a running service, and what others make of it. Node's tools are in package.json.

Where there is no Node these tests are skipped on a desk and fail in CI.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from server.process import Service, serving
from server.tenants import Tenant, new_tenant
from support.node import install, require_node, said

HERE = Path(__file__).parent

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
    require_node("clients in TypeScript")
    install(HERE)

    def run(program: str, *arguments: object, cwd: Path = HERE) -> str:
        return said([HERE / "node_modules" / ".bin" / program, *map(str, arguments)], cwd)

    return run


@pytest.fixture
def node(tool: Tool) -> Tool:
    """Runs a script with Node."""
    del tool

    def run(script: Path, *arguments: str) -> str:
        return said(["node", script, *arguments], script.parent)

    return run
