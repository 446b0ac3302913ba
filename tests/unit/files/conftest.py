from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from rollbook.domain.instants import to_text
from rollbook.sources.files import FORMATS
from rollbook.sources.files.rows import ImportedSession, ImportRow, ReadOptions

FIXTURES = Path(__file__).parents[2] / "fixtures" / "import"


@pytest.fixture
def read() -> Callable[..., list[ImportRow]]:
    """Read bytes, or a fixture by its name, in one of the formats."""

    def read(kind: str, file: bytes | str, **options: str | int) -> list[ImportRow]:
        content = (FIXTURES / file).read_bytes() if isinstance(file, str) else file
        return list(FORMATS[kind](BytesIO(content), ReadOptions(**options)))  # type: ignore[arg-type]

    return read


@pytest.fixture
def told() -> Callable[[list[ImportRow]], list[tuple[object, ...]]]:
    """What rows tell, short enough to be compared at a glance."""

    def told(rows: list[ImportRow]) -> list[tuple[object, ...]]:
        return [
            _session(row) if isinstance(row, ImportedSession) else (row.line, row.reason)
            for row in rows
        ]

    return told


def _session(row: ImportedSession) -> tuple[object, ...]:
    person, left = row.joined.participant, row.left
    # The day is the same in all rows of a fixture.
    span = to_text(row.joined.at)[11:19], to_text(left.at)[11:19] if left else None
    return row.line, person.uid, person.role, *span
