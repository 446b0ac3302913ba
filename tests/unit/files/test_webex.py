"""Webex's attendee report: what each row becomes."""

from collections.abc import Callable

import pytest

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role
from rollbook.sources.files.rows import ImportedSession, ImportRow, RejectedRow

Read = Callable[..., list[ImportRow]]
HEADER = "Meeting Name,Display Name,Role,Attendee Email,Join Time,Leave Time\n"


@pytest.mark.parametrize("file", ["webex.csv", "webex_topic.csv"])
def test_a_row_is_a_stay_of_whoever_has_the_address(read: Read, file: str) -> None:
    (row,) = read("webex", file, time_zone="Europe/Paris")
    assert isinstance(row, ImportedSession)
    assert row.left is not None
    assert (row.joined.participant.uid, row.joined.participant.name) == (
        "ada@school.example",
        "Ada",
    )
    # 09:00 in Paris, an hour long.
    assert row.joined.at == 1_708_588_800_000
    assert row.left.at - row.joined.at == 3_600_000


def test_the_host_teaches_and_a_title_is_a_room(read: Read) -> None:
    (row,) = read("webex", "webex.csv")
    (other,) = read("webex", "webex.csv", room_id="bio-1")
    assert isinstance(row, ImportedSession)
    assert isinstance(other, ImportedSession)
    assert row.joined.participant.role is Role.TEACHER
    assert row.joined.room.title == "Bio class"
    assert row.joined.room.room_id.startswith("webex-")
    assert (other.joined.room.room_id, other.joined.room.title) == ("bio-1", "Bio class")


@pytest.mark.parametrize(
    ("column", "cell", "minutes"),
    [
        ("Meeting End Time", "2024-02-22 10:00:00", 60),
        ("Attendance Duration", "45 mins", 45),
        ("Duration", "45", 45),
        ("Meeting End Time", "2024-02-22 08:00:00", None),
        ("Attendance Duration", "", None),
        ("Connection Type", "45", None),
    ],
)
def test_who_has_no_leave_time_is_no_running_session(
    read: Read, column: str, cell: str, minutes: int | None
) -> None:
    header = HEADER.replace("\n", f",{column}\n")
    file = f"{header}Bio,Ada,Host,a@b.example,2024-02-22 09:00:00,,{cell}\n"
    (row,) = read("webex", file.encode())
    if minutes is None:
        assert isinstance(row, RejectedRow)
        assert "leave time is missing" in row.reason
    else:
        assert isinstance(row, ImportedSession)
        assert row.left is not None
        assert row.left.at - row.joined.at == minutes * 60_000


def test_a_row_that_a_spreadsheet_filled_up_is_read_and_one_with_more_in_it_is_not(
    read: Read,
) -> None:
    row = "Bio,Ada,Host,a@b.example,2024-02-22 09:00:00,2024-02-22 10:00:00"
    filled, longer = read("webex", f"sep=,\n{HEADER}{row},,,\n{row},,x\n".encode())
    assert isinstance(filled, ImportedSession)
    assert isinstance(longer, RejectedRow)
    assert longer.reason == "row must have at most 6 cells like its header"


def test_a_header_that_cannot_be_read_says_what_to_do(read: Read) -> None:
    header = HEADER.replace("Role", "Rôle").encode("cp1252")
    with pytest.raises(
        InvalidInput, match=r"^line 1 may be a heading, and cannot be read.*--encoding"
    ):
        read("webex", header)


def test_a_report_in_another_encoding_is_read_when_it_is_named(read: Read) -> None:
    row = "Bio,Jürgen,Host,,2024-02-22 09:00:00,2024-02-22 10:00:00\n"
    (plain,) = read("webex", f"{HEADER}{row}".encode("cp1252"))
    (named,) = read("webex", f"{HEADER}{row}".encode("cp1252"), encoding="cp1252")
    assert isinstance(plain, RejectedRow)
    assert isinstance(named, ImportedSession)
    assert named.joined.participant.uid == "Jürgen"


def test_a_report_in_another_language_is_refused(read: Read) -> None:
    with pytest.raises(InvalidInput, match="in English"):
        read("webex", b"Name der Besprechung,Anzeigename\nBio,Ada\n")
