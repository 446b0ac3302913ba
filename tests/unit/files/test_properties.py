"""Laws of all readers, tried on generated files."""

import csv
import json
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Joined
from rollbook.domain.instants import from_text
from rollbook.sources.files import FORMATS, detect_format
from rollbook.sources.files.rows import MAX_RAW, ImportedSession, ReadOptions, RejectedRow
from rollbook.sources.files.text import utf8

FIXTURES = Path(__file__).parents[2] / "fixtures" / "import"
SAMPLES = {path.name: path.read_bytes() for path in FIXTURES.rglob("*.*") if path.is_file()}
NOW = from_text("2026-11-25T12:00:00Z")
FIELDS = [
    *("uid", "name", "role", "roomId", "roomTitle"),
    *("joinedAt", "leftAt", "ipAddress", "sessionId"),
]
NASTY = [
    '"',
    '""',
    "a,b",
    "a;b\tc",
    "a\r\nb",
    "\r",
    "=cmd|' /C calc'!A0",
    "李雷",
    "\u200f\u05e9\u05dc\u05d5\u05dd",
    "😀",
    "-1",
    "'",
]

texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]))).map(
    lambda text: text.replace("\0", "")[:200]
)
identifiers = texts.filter(lambda text: bool(text.strip()))
instants = st.integers(0, 4_000_000_000_000).map(
    lambda instant: datetime.fromtimestamp(instant / 1000, UTC)
)


@st.composite
def session_rows(draw: st.DrawFn) -> dict[str, str]:
    joined = draw(instants)
    values = {
        "uid": draw(identifiers),
        "name": draw(texts),
        "role": draw(st.sampled_from(["", "TEACHER", "student"])),
        "roomId": draw(identifiers),
        "roomTitle": draw(texts),
        "joinedAt": joined.isoformat(),
        "leftAt": draw(
            st.one_of(
                st.just(""),
                st.timedeltas(timedelta(0), timedelta(days=2)).map(
                    lambda stay: (joined + stay).isoformat()
                ),
            )
        ),
        "ipAddress": draw(st.one_of(st.just(""), st.ip_addresses().map(str))),
        "sessionId": draw(st.one_of(st.just(""), identifiers)),
    }
    return {field: value for field, value in values.items() if value}


def as_csv(rows: list[dict[str, str]], columns: list[str], delimiter: str) -> bytes:
    text = StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_json_lines(rows: list[dict[str, str]], *, ascii_only: bool) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows).encode()


def read_all(kind: str, content: bytes) -> list[ImportedSession]:
    rows = list(FORMATS[kind](BytesIO(content), ReadOptions()))
    assert [row for row in rows if isinstance(row, RejectedRow)] == []
    return [row for row in rows if isinstance(row, ImportedSession)]


def as_written(session: ImportedSession, row: dict[str, str]) -> None:
    joined: Joined = session.joined
    assert joined.participant.uid == row["uid"]
    assert joined.participant.name == (row.get("name") if row.get("name", "").strip() else None)
    assert joined.participant.role == (row["role"].upper() if "role" in row else None)
    assert joined.room.room_id == row["roomId"]
    assert joined.room.title == (row.get("roomTitle") if row.get("roomTitle", "").strip() else None)
    assert joined.at == from_text(row["joinedAt"])
    assert (session.left and session.left.at) == (
        from_text(row["leftAt"]) if "leftAt" in row else None
    )
    assert (joined.ip_address is None) == ("ipAddress" not in row)
    assert session.presence_id == row.get("sessionId", session.presence_id)


@given(
    st.lists(session_rows(), max_size=8),
    st.permutations(FIELDS),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_what_is_written_is_read(
    rows: list[dict[str, str]], columns: list[str], delimiter: str, ascii_only: bool
) -> None:
    from_csv = read_all("csv", as_csv(rows, columns, delimiter))
    from_json = read_all("jsonl", as_json_lines(rows, ascii_only=ascii_only))

    assert len(from_csv) == len(from_json) == len(rows)
    for one, other, row in zip(from_csv, from_json, rows, strict=True):
        as_written(one, row)
        as_written(other, row)
        assert one.presence_id == other.presence_id
    assert [session.line for session in from_json] == list(range(1, len(rows) + 1))


def damage(name: str, start: int, stop: int, noise: bytes) -> bytes:
    return SAMPLES[name][:start] + noise + SAMPLES[name][stop:]


def shuffle(name: str, places: list[int]) -> bytes:
    lines = utf8(BytesIO(SAMPLES[name])).read().split(b"\n")
    return b"\n".join(lines[place % len(lines)] for place in places)


damaged = st.builds(
    damage,
    st.sampled_from(sorted(SAMPLES)),
    st.integers(0, 1500),
    st.integers(0, 1500),
    st.binary(max_size=40),
)
shuffled = st.builds(
    shuffle, st.sampled_from(sorted(SAMPLES)), st.lists(st.integers(0, 25), max_size=12)
)


@pytest.mark.parametrize("kind", FORMATS)
@given(
    content=st.one_of(st.binary(), damaged, shuffled),
    room=st.sampled_from([None, "room"]),
    order=st.sampled_from([None, "mdy", "dmy", "ymd"]),
    encoding=st.sampled_from([None, "cp1252", "shift_jis", "utf-16"]),
    now=st.sampled_from([None, NOW]),
)
@settings(max_examples=examples(200))
def test_no_bytes_make_a_reader_fail(
    kind: str,
    content: bytes,
    room: str | None,
    order: str | None,
    encoding: str | None,
    now: int | None,
) -> None:
    options = ReadOptions("Europe/Paris", room, None, order, encoding, now)  # type: ignore[arg-type]
    try:
        rows = list(FORMATS[kind](BytesIO(content), options))
    except InvalidInput:
        return
    lines = max(content.count(b"\n"), content.count(b"\r")) + 1
    for row in rows:
        assert 1 <= row.line <= lines
        if isinstance(row, RejectedRow):
            assert row.reason
            assert len(row.raw) <= MAX_RAW
        else:
            assert row.joined.at >= 0
            assert row.left is None or row.left.at >= row.joined.at


@given(st.text(), st.one_of(st.binary(), damaged))
def test_detection_never_fails(filename: str, head: bytes) -> None:
    assert detect_format(filename, head) in {None, *FORMATS}
