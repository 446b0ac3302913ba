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


def test_who_has_no_leave_time_is_no_running_session(read: Read) -> None:
    (row,) = read("webex", f"{HEADER}Bio,Ada,Host,a@b.example,2024-02-22 09:00:00,\n".encode())
    assert isinstance(row, RejectedRow)
    assert "leave time" in row.reason


def test_a_report_in_another_language_is_refused(read: Read) -> None:
    with pytest.raises(InvalidInput, match="in English"):
        read("webex", b"Name der Besprechung,Anzeigename\nBio,Ada\n")
