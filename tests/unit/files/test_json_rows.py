import json
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files import FORMATS, detect_format, json_rows
from rollbook.sources.files.rows import ImportedSession, ImportRow, ReadOptions

Read = Callable[..., list[ImportRow]]
MEI = {"uid": "mei", "roomId": "a", "joinedAt": "2024-01-15T09:05:30Z"}
LAYOUTS = [
    (json.dumps([MEI, MEI, {}]), [1, 1, 1]),
    (json.dumps([MEI, MEI, {}], indent=2), [2, 7, 12]),
    ("\n [\n" + json.dumps(MEI) + "\n,\n" + json.dumps(MEI, indent=1) + ",{}]\n", [3, 5, 9]),
]


@pytest.mark.parametrize(("text", "lines"), LAYOUTS)
def test_an_array_of_sessions_is_read_with_the_lines_they_begin_on(
    read: Read, text: str, lines: list[int]
) -> None:
    assert detect_format("upload", text.encode()) == "json"
    rows = read("json", text.encode())
    assert [isinstance(row, ImportedSession) for row in rows] == [True, True, False]
    assert [row.line for row in rows] == lines


@given(st.lists(st.dictionaries(st.sampled_from([*MEI, "other"]), st.text() | st.none())))
def test_the_same_objects_give_the_same_in_an_array_and_in_lines(
    objects: list[dict[str, str | None]],
) -> None:
    array = json.dumps([MEI, *objects], indent=1).encode()
    lines = "\n".join(map(json.dumps, [MEI, *objects])).encode()
    from_array = list(FORMATS["json"](BytesIO(array), ReadOptions()))
    from_lines = list(FORMATS["jsonl"](BytesIO(lines), ReadOptions()))
    assert [getattr(row, "joined", None) for row in from_array] == [
        getattr(row, "joined", None) for row in from_lines
    ]
    assert [getattr(row, "reason", None) for row in from_array] == [
        getattr(row, "reason", None) for row in from_lines
    ]
    starts = [at for at, line in enumerate(array.splitlines(), 1) if line.startswith(b" {")]
    assert [row.line for row in from_array] == starts


@pytest.mark.parametrize(
    "text", ["[", '[{"uid": "mei"}', "{\n", '{"uid": "mei",\n', "[1, {}] x", "no"]
)
def test_an_array_that_is_cut_off_is_imported_in_no_part(read: Read, text: str) -> None:
    with pytest.raises(
        InvalidInput, match="must be a JSON array of sessions, or have one session on"
    ):
        read("json", text.encode())


def test_what_is_no_object_is_a_reject(read: Read) -> None:
    rows = read("json", b"[1, [], null]")
    assert [getattr(row, "reason", "") for row in rows] == ["line must be a JSON object"] * 3


def test_an_array_larger_than_memory_should_hold_is_refused(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_rows, "MAX_BYTES", 10)
    assert read("json", b"[]        ") == []
    with pytest.raises(InvalidInput, match="put one session on each line"):
        read("json", b"[]         ")


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.jsonl", '[{"uid"', "json"),
        ("a.jsonl", "{\n", "jsonl"),
        ("a.json", "{\n", "json"),
        ("a.json", '{"uid": "mei",\n"roomId"', "json"),
        ("a.json", '{"uid": "mei"}\n{"uid"', "jsonl"),
        ("a.json", '{"uid": "a long line that goes on', "jsonl"),
        ("a.json", "[]", "json"),
        ("a.json", "[1]", None),
    ],
)
def test_detection(name: str, head: str, expected: str | None) -> None:
    assert detect_format(name, head.encode()) == expected
