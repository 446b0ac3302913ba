from collections.abc import Callable

import pytest

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files import detect_format
from rollbook.sources.files.rows import ImportedSession, ImportRow, RejectedRow
from rollbook.sources.files.text import MAX_LINE

Read = Callable[..., list[ImportRow]]
HEADER = b"uid,roomId,joinedAt,leftAt\n"
GOOD = b"mei,algebra-1,2024-01-15T09:05:30Z,\n"


def reject(row: ImportRow) -> tuple[int, str]:
    assert isinstance(row, RejectedRow)
    return row.line, row.reason


def test_columns_in_any_order_and_case_semicolons_a_mark_and_quoted_line_breaks(read: Read) -> None:
    mei, noor, short, backwards = read("csv", "sessions.csv")

    assert isinstance(mei, ImportedSession)
    assert mei.joined.participant.name == 'Tanaka; Mei "M."'
    assert mei.joined.room.title == "Algebra I"
    assert isinstance(noor, ImportedSession)
    assert (noor.line, noor.left, noor.joined.participant.name) == (3, None, "Noor\r\n(phone)")
    assert reject(short) == (5, "row must have 7 cells like the header, not 4")
    assert reject(backwards) == (6, "leftAt must not be before joinedAt")


def test_the_same_session_has_the_same_id_in_csv_and_json_lines(read: Read) -> None:
    from_csv, from_json = read("csv", "sessions.csv")[1], read("jsonl", "sessions.jsonl")[1]
    assert isinstance(from_csv, ImportedSession)
    assert isinstance(from_json, ImportedSession)
    assert from_csv.presence_id == from_json.presence_id


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t"])
def test_the_header_tells_the_delimiter(read: Read, delimiter: bytes) -> None:
    (row,) = read("csv", (HEADER + GOOD).replace(b",", delimiter))
    assert isinstance(row, ImportedSession)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"uid,joinedAt\n", "the column roomId is missing"),
        (b"uid,roomId,joinedAt,UID\n", "the column uid must be there only once"),
        (b"", "the first line must name the columns, among them uid, roomId and joinedAt"),
        (b'"uid,roomId\n', "the first line must name the columns, among them uid, roomId and joinedAt"),
        (b"\0\0\0", "the column uid is missing"),
    ],
)  # fmt: skip
def test_without_a_proper_header_nothing_is_imported(
    read: Read, content: bytes, message: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        read("csv", content)
    assert error.value.message == message


def test_a_header_in_another_encoding_says_what_to_do(read: Read) -> None:
    header = b"uid,roomId,joinedAt,Gr\xf6\xdfe\n"
    with pytest.raises(InvalidInput, match=r"uid, roomId and joinedAt, readably. .*--encoding"):
        read("csv", header)
    assert read("csv", header, encoding="cp1252") == []


def test_blank_lines_before_the_header_are_passed_over(read: Read) -> None:
    (row,) = read("csv", b"\r\n\n" + (HEADER + GOOD).replace(b",", b";"))
    assert isinstance(row, ImportedSession)
    assert row.line == 4


def test_an_empty_cell_says_nothing(read: Read) -> None:
    rows = read("csv", HEADER + b",algebra-1,2024-01-15T09:05:30Z,\n,,,\n\n" + GOOD)
    assert reject(rows[0]) == (2, "uid is required")
    assert [row.line for row in rows] == [2, 5]


def test_a_row_with_too_many_cells_is_rejected(read: Read) -> None:
    (row,) = read("csv", HEADER + b"mei," + GOOD)
    assert reject(row) == (2, "row must have 4 cells like the header, not 5")


def test_text_that_is_none_is_rejected_by_the_row(read: Read) -> None:
    rows = read("csv", HEADER + b"\xff" + GOOD + b'"a"b' + GOOD + b"a\0" + GOOD + GOOD)
    assert [reject(row) for row in rows[:3]] == [
        (2, "row must be valid UTF-8 text"),
        (3, "row must be quoted correctly, each cell at most 131,072 characters long"),
        (4, "uid must not contain a NUL character"),
    ]
    assert isinstance(rows[3], ImportedSession)
    assert rows[3].line == 5


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_half_a_character_is_told_in_the_words_of_the_file_s_own_encoding(
    read: Read, encoding: str
) -> None:
    good, broken = read("csv", (HEADER + GOOD + GOOD).decode().encode(encoding) + b"x")[::2]
    assert isinstance(good, ImportedSession)
    assert reject(broken) == (4, f"row must be valid {encoding.upper()} text")


def test_a_quote_that_is_never_closed_costs_a_limited_number_of_rows(read: Read) -> None:
    rows = read("csv", HEADER + b'"' + GOOD * 10_000)
    line, reason = reject(rows[0])
    assert line == 2
    assert reason.endswith("characters long (it runs to line 3642)")
    assert rows[1].line == 3643
    assert all(isinstance(row, ImportedSession) for row in rows[1:])
    assert len(rows) - 1 == 10_001 - 3642


def test_a_row_of_many_lines_over_the_limit_is_rejected(read: Read) -> None:
    cells = [b'"' + b"x" * 100_000 + b'\n"'] * 12
    first = read("csv", HEADER + b",".join(cells) + b"\n" + GOOD)[0]
    assert reject(first) == (2, "row must be at most 1 MiB long (it runs to line 12)")


def test_a_quote_still_open_at_the_end_is_rejected(read: Read) -> None:
    good, broken = read("csv", HEADER + GOOD + b'"mei,')
    assert isinstance(good, ImportedSession)
    assert reject(broken)[0] == 3


@pytest.mark.parametrize("long", [b"x" * (MAX_LINE + 100_000), (b"x" * 100_000 + b",") * 11])
def test_a_row_over_the_limit_is_rejected_and_the_next_one_read(read: Read, long: bytes) -> None:
    cut, good = read("csv", HEADER + long + b"\n" + GOOD)
    assert reject(cut) == (2, "row must be at most 1 MiB long")
    assert isinstance(good, ImportedSession)
    assert good.line == 3


@pytest.mark.parametrize("hint", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_by_which_excel_knows_the_delimiter_is_no_header(read: Read, hint: str) -> None:
    content = f"{hint}\r\nuid;roomId;joinedAt;name\r\nmei;a;2024-01-15T09:05:30Z;a,b,c,d,e,f\r\n"
    assert detect_format("upload", content.encode()) == "csv"
    (row,) = read("csv", content.encode())
    assert isinstance(row, ImportedSession)
    assert (row.line, row.joined.participant.name) == (3, "a,b,c,d,e,f")


def test_a_delimiter_that_only_the_hint_tells_is_taken(read: Read) -> None:
    content = b"sep=|\nuid|roomId|joinedAt\nmei|a|2024-01-15T09:05:30Z\n"
    assert detect_format("upload", content) == "csv"
    assert [row.line for row in read("csv", content)] == [3]


def test_carriage_returns_alone_end_lines_too(read: Read) -> None:
    content = b"uid,roomId,joinedAt\rmei,a,2024-01-15T09:05:30Z\r\rnoor,a,nonsense\r"
    rows = read("csv", content)
    assert [(row.line, isinstance(row, ImportedSession)) for row in rows] == [(2, True), (4, False)]


def test_a_carriage_return_in_a_cell_stays_one(read: Read) -> None:
    content = b'uid,roomId,joinedAt,name\r\nmei,a,2024-01-15T09:05:30Z,"M\rT"\r\n'
    (row,) = read("csv", content)
    assert isinstance(row, ImportedSession)
    assert row.joined.participant.name == "M\rT"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-32", "cp037"])
def test_an_encoding_is_taken_where_no_mark_tells_another(read: Read, encoding: str) -> None:
    text = "uid,roomId,joinedAt,name\nmei,a,2024-01-15T09:05:30Z,Zo\u00eb\n"
    for content in (text.encode(encoding), text.encode("utf-8-sig"), text.encode("utf-16")):
        (row,) = read("csv", content, encoding=encoding)
        assert isinstance(row, ImportedSession)
        assert row.joined.participant.name == "Zo\u00eb"
