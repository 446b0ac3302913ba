"""A class on a real LiveKit server, where this machine has one: docs/livekit-server.md."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from ingest.livekit_server import Classroom, opened_classroom


@pytest.fixture(scope="session")
def opened(
    given_livekit_server: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Classroom]:
    binary = given_livekit_server or shutil.which("livekit-server")
    if binary is None:
        pytest.skip("no livekit-server on the PATH; docs/livekit-server.md says how to get one")
    if find_spec("livekit.rtc") is None:
        pytest.skip("LiveKit's client SDK is not installed")
    folder = tmp_path_factory.mktemp("classroom")
    with opened_classroom(binary, f"sqlite:///{folder / 'ledger.db'}", folder) as classroom:
        yield classroom


@pytest.fixture
def classroom(opened: Classroom) -> Iterator[Classroom]:
    """The classroom; whoever is still in it at the end of a test is sent home."""
    yield opened
    opened.send_all_home()
