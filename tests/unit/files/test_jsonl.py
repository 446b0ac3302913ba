import codecs
import json
from collections.abc import Callable
from typing import Any

import pytest

from rollbook.domain.events import Joined, Left, Participant, Role, Room
from rollbook.domain.instants import from_text
from rollbook.sources.files.rows import MAX_RAW, ImportedSession, ImportRow, RejectedRow
from rollbook.sources.files.text import MAX_LINE

Read = Callable[..., list[ImportRow]]
GOOD = {"uid": "mei", "roomId": "algebra-1", "joinedAt": "2024-01-15T09:05:30Z"}

NO_INSTANT = "joinedAt must be an ISO 8601 instant with an offset, like 2024-01-15T09:05:30Z"


def line(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode() + b"\n"


def only(rows: list[ImportRow]) -> Any:
    assert len(rows) == 1
    return rows[0]


def test_a_full_row_says_everything(read: Read) -> None:
    room = Room("algebra-1", "Algebra I")
    mei = Participant("mei", "Mei Tanaka", Role.STUDENT)
    joined_at, left_at = from_text("2024-01-15T09:05:30Z"), from_text("2024-01-15T09:50:00Z")

    assert read("jsonl", "sessions.jsonl")[0] == ImportedSession(
        line=1,
        presence_id="PA_1",
        joined=Joined("PA_1", room, mei, joined_at, "203.0.113.7"),
        left=Left("PA_1", room, mei, left_at, joined_at),
    )


def test_lines_are_counted_with_the_blank_ones_and_each_reject_says_why(read: Read) -> None:
    rows = read("jsonl", "sessions.jsonl")

    assert [row.line for row in rows] == [1, 3, 4, 5]
    assert [row.reason for row in rows if isinstance(row, RejectedRow)] == [
        "uid must be a string",
        NO_INSTANT,
    ]


def test_a_null_or_absent_leave_is_a_running_session(read: Read) -> None:
    rows = read("jsonl", line(leftAt=None) + line())
    assert [row.left for row in rows if isinstance(row, ImportedSession)] == [None, None]


@pytest.mark.parametrize("ending", ["30.0019999Z", "30.001Z", "30.001000000+00:00"])
def test_parts_of_a_millisecond_are_dropped(read: Read, ending: str) -> None:
    row = only(read("jsonl", line(joinedAt=f"2024-01-15T09:05:{ending}")))
    assert row.joined.at == from_text("2024-01-15T09:05:30.001Z")


def test_without_a_session_id_the_same_session_gets_the_same_id(read: Read) -> None:
    same = line() + line(joinedAt="2024-01-15T10:05:30+01:00", name="Mei", leftAt=None)
    others = line(uid="noor") + line(roomId="b") + line(joinedAt="2024-01-15T09:05:31Z")
    ids = [
        row.presence_id for row in read("jsonl", same + others) if isinstance(row, ImportedSession)
    ]

    assert ids[0] == ids[1] == "row-" + ids[0].removeprefix("row-")
    assert len(ids[0]) == len("row-") + 32
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (line(uid=None), "uid is required"),
        (line(uid=" "), "uid must not be blank"),
        (line(uid="x" * 257), "uid must be at most 256 characters long"),
        (line(uid="a\0b"), "uid must not contain a NUL character"),
        (line(roomId=None), "roomId is required"),
        (line(joinedAt=None), "joinedAt is required"),
        (line(name=["Mei"]), "name must be a string"),
        (line(leftAt=1705309530000), "leftAt must be a string"),
        (line(role="PUPIL"), "role must be one of TEACHER, STUDENT, MODERATOR, ADMIN"),
        (line(ipAddress="10.0.0"), "ipAddress must be an IPv4 or IPv6 address"),
        (line(sessionId=""), "sessionId must not be blank"),
        (line(leftAt="2024-01-15T09:05:29Z"), "leftAt must not be before joinedAt"),
        (line(joinedAt="1900-01-15T09:05:29Z"), "joinedAt must lie between the years 1970 and 9999"),
        (line(joinedAt="9999-12-31T23:59:59-12:00"), "joinedAt must lie between the years 1970 and 9999"),
        (line(joinedAt="2024-01-15T09:05:30"), NO_INSTANT),
        (line(joinedAt="2024-01-15"), NO_INSTANT),
        (b'["uid"]\n', "line must be a JSON object"),
        (b'{"uid": "a"\n', "line must be a JSON object: Input data was truncated"),
        (b'{"note": "\xff", ' + line()[1:], "line must be valid UTF-8 text"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_rejected_with_its_text(read: Read, row: bytes, reason: str) -> None:
    problem, good = read("jsonl", row + line())

    assert problem == RejectedRow(1, reason, row.decode(errors="replace"))
    assert isinstance(good, ImportedSession)


def test_json_nested_deeper_than_any_stack_is_rejected(read: Read) -> None:
    deep = b'{"x":' + b"[" * 500_000
    rejects = read("jsonl", deep + b"\n" + b'{"uid":1,' + deep[1:])
    assert all(row.reason.startswith("line must be a JSON object") for row in rejects)  # type: ignore[union-attr]
    assert len(rejects) == 2


def test_a_line_over_the_limit_is_rejected_and_the_next_one_read(read: Read) -> None:
    fits = line(note="x" * (MAX_LINE - len(line(note="")) + 1))
    assert len(fits) == MAX_LINE + 1  # the end of the line is not counted

    whole, cut, after = read("jsonl", fits + b" " + fits + line())

    assert isinstance(whole, ImportedSession)
    assert isinstance(cut, RejectedRow)
    assert (cut.line, cut.reason) == (2, "line must be at most 1 MiB long")
    assert len(cut.raw) == MAX_RAW
    assert isinstance(after, ImportedSession)
    assert after.line == 3


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
)
def test_every_unicode_encoding_is_read(read: Read, encoding: str) -> None:
    text = json.dumps({**GOOD, "name": "梅 😀"}, ensure_ascii=False) + "\r\n\r\n" + line().decode()
    # Python writes a mark only where it chooses the order of bytes itself.
    mark = codecs.BOM_UTF32_BE if encoding == "utf-32-be" else b""
    first, second = read("jsonl", mark + text.encode(encoding))

    assert isinstance(first, ImportedSession)
    assert first.joined.participant.name == "梅 😀"
    assert second.line == 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_half_a_character_at_the_end_costs_only_its_line(read: Read, encoding: str) -> None:
    text = line().decode() + line().decode()[:-1]
    good, broken = read("jsonl", text.encode(encoding) + b"x")
    assert isinstance(good, ImportedSession)
    assert isinstance(broken, RejectedRow)
    assert broken.reason == f"line must be valid {encoding.upper()} text"


@pytest.mark.parametrize(
    ("encoding", "no_text"), [("utf-16-le", b"\x00\xd8"), ("utf-32-le", b"\xff\xff\xff\xff")]
)
def test_what_is_no_character_in_the_midst_costs_only_its_line(
    read: Read, encoding: str, no_text: bytes
) -> None:
    good = line().decode()
    before, after = f"\ufeff{good}".encode(encoding), ("\n" + good * 500).encode(encoding)
    rows = read("jsonl", before + no_text + after)
    assert [row.line for row in rows if isinstance(row, RejectedRow)] == [2]
    assert len(rows) == 502


def test_a_last_line_without_an_end_is_read(read: Read) -> None:
    assert isinstance(only(read("jsonl", line().rstrip())), ImportedSession)
    assert read("jsonl", b"") == []
