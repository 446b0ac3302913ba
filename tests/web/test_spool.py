"""A download that is made faster than it is taken: whole, in order, and out of the memory."""

import asyncio
import random
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import pytest

from rollbook.domain.errors import StoreUnavailable
from rollbook.web.http import spool as module
from rollbook.web.http.spool import Chunk, Spool, spooled


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_IN_MEMORY", 100)
    monkeypatch.setattr(module, "_AT_ONCE", 64)


async def parts(sizes: list[int]) -> AsyncGenerator[Chunk, None]:
    for number, size in enumerate(sizes):
        yield bytes([number % 256]) * size


async def taken(spool: Spool) -> bytes:
    whole = b""
    while (part := await spool.take()) is not None:
        whole += part
    return whole


@pytest.mark.parametrize("seed", range(20))
async def test_all_arrives_in_order_however_fast_each_side_is(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same chance every time
    sizes = [chance.choice([0, 1, 30, 99, 250]) for _ in range(60)]
    whole = b"".join([bytes([n % 256]) * size for n, size in enumerate(sizes)])
    got = b""
    async with spooled(parts(sizes), nullcontext()) as spool:
        while (part := await spool.take()) is not None:
            got += part
            for _ in range(chance.choice([0, 0, 1, 50])):
                await asyncio.sleep(0)
    assert got == whole


class Making:
    """The context in which a file is made; `over` when all of it is."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        self.over.set()


def held(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_what_nobody_takes_is_on_disk_in_a_file_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    making = Making()
    async with spooled(parts([50] * 100), making) as spool:
        await making.over.wait()  # over when all is made, and not when all is taken
        assert sum(map(len, spool._waiting)) <= 150
        assert spool._file is not None
        assert held(tmp_path) == []
        assert len(await taken(spool)) == 5000
    assert spool._file.closed


async def test_a_disk_without_room_breaks_the_download_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    making = Making()
    async with spooled(parts([50] * 100), making) as spool:
        await making.over.wait()
        with pytest.raises(StoreUnavailable, match="finds no room"):
            await taken(spool)


async def test_the_turn_that_ran_out_is_told_to_who_takes() -> None:
    @asynccontextmanager
    async def refused() -> AsyncIterator[None]:
        raise StoreUnavailable("no turn")
        yield

    async with spooled(parts([50]), refused()) as spool:
        with pytest.raises(StoreUnavailable, match="no turn"):
            await spool.take()
