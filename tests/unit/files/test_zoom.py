from collections.abc import Callable
from io import BytesIO

import pytest

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role, Room
from rollbook.domain.instants import from_text
from rollbook.sources.files import FORMATS, reports
from rollbook.sources.files.rows import ImportedSession, ImportRow, ReadOptions, RejectedRow

Read = Callable[..., list[ImportRow]]
Told = Callable[[list[ImportRow]], list[tuple[object, ...]]]
TABLE = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)\n"


def rooms(rows: list[ImportRow]) -> set[Room]:
    return {row.joined.room for row in rows if isinstance(row, ImportedSession)}


def table(*rows: str) -> bytes:
    return (TABLE + "".join(f"{row}\n" for row in rows)).encode()


def test_the_report_of_2020_with_its_meeting(read: Read, told: Told) -> None:
    rows = read("zoom", "zoom_2020.csv")
    assert told(rows) == [
        (5, "ada.host@school.example", Role.TEACHER, "15:42:15", "18:07:29"),
        (6, "mei@school.example", None, "15:44:01", "15:49:52"),
        (7, "mei@school.example", None, "15:55:00", "18:01:58"),
        (8, "Okafor, Sam", None, "16:31:08", "17:52:31"),
    ]
    assert rooms(rows) == {Room("90211021111", "Biology, lesson 4")}


def test_who_renamed_themselves_keeps_the_name_that_was_shown(read: Read) -> None:
    row = read("zoom", "zoom_2020.csv")[1]
    assert isinstance(row, ImportedSession)
    assert row.joined.participant.name == "003_Mei"


@pytest.mark.parametrize(
    ("cell", "name"),
    [("Mei (Mei (M.) Tanaka)", "Mei"), ("(Mei)", "(Mei)"), ("Mei)", "Mei)"), ("M(e)i", "M(e)i")],
)
def test_only_brackets_at_the_end_of_a_name_are_the_first_name(
    read: Read, cell: str, name: str
) -> None:
    content = table(f"{cell},,03/25/2024 01:00:00 PM,,5")
    (row,) = read("zoom", content, room_id="r")
    assert isinstance(row, ImportedSession)
    assert row.joined.participant.uid == name


def test_waiting_is_no_session_and_guests_of_one_second_are_two(read: Read, told: Told) -> None:
    rows = read("zoom", "zoom_2021.csv", date_order="mdy")
    assert told(rows) == [
        (6, "mei@school.example", None, "09:55:00", "12:01:59"),
        (7, "iPhone", None, "10:08:10", "10:17:18"),
        (8, "iPhone", None, "10:08:10", "11:17:18"),
        (9, "join time must be a date and a time, like 03/25/2024 02:05:30 PM"),
    ]
    ids = {row.presence_id for row in rows if isinstance(row, ImportedSession)}
    assert len(ids) == 3
    again = read("zoom", "zoom_2021.csv", date_order="mdy")
    assert ids == {row.presence_id for row in again if isinstance(row, ImportedSession)}


def test_dates_that_can_be_read_two_ways_are_not_guessed(read: Read) -> None:
    with pytest.raises(InvalidInput, match="can be read two ways"):
        read("zoom", "zoom_2021.csv")


@pytest.mark.parametrize(("order", "day"), [("mdy", "2021-11-09"), ("dmy", "2021-09-11")])
def test_the_person_who_imports_may_say_how_dates_are_read(
    read: Read, order: str, day: str
) -> None:
    row = read("zoom", "zoom_2021.csv", date_order=order)[0]
    assert isinstance(row, ImportedSession)
    assert row.joined.at == from_text(f"{day}T09:55:00Z")


def test_the_report_of_2024(read: Read, told: Told) -> None:
    rows = read("zoom", "zoom_2024.csv", time_zone="Europe/Paris")
    assert told(rows) == [
        (5, "ada@school.example", Role.TEACHER, "12:58:00", "14:00:00"),
        (6, "mei@school.example", None, "13:01:00", "14:00:00"),
        (7, "نور", None, "13:05:00", "14:00:00"),
    ]
    assert rooms(rows) == {Room("89734210001", "代数 I")}


def test_the_report_of_an_account_names_the_meeting_on_each_row(read: Read, told: Told) -> None:
    rows = read("zoom", "zoom_account.csv")
    assert told(rows) == [
        (2, "ada@school.example", Role.TEACHER, "08:00:00", "09:00:00"),
        (3, "mei@school.example", None, "08:02:00", "09:00:00"),
        (4, "mei@school.example", None, "08:02:00", "09:00:00"),
    ]
    assert rooms(rows) == {Room("85218486288", "Algebra I"), Room("85218486299", "Algebra II")}
    # 13/06 in the last row shows that 01/06 is the first of June.
    assert isinstance(rows[0], ImportedSession)
    assert rows[0].joined.at == from_text("2023-06-01T08:00:00Z")


def test_the_report_of_a_webinar_has_a_table_for_each_role(read: Read, told: Told) -> None:
    rows = read("zoom", "zoom_webinar.csv")
    assert told(rows) == [
        (7, "ada@school.example", Role.TEACHER, "19:13:27", "20:13:00"),
        (10, "bo@school.example", Role.MODERATOR, "19:28:32", "20:13:00"),
        (13, "mei@home.example", None, "19:30:00", "20:00:00"),
    ]
    assert rooms(rows) == {Room("84759841045", "Open day")}


def test_a_table_without_its_meeting_needs_a_room(read: Read) -> None:
    with pytest.raises(InvalidInput, match=r"names no meeting: .* --room"):
        read("zoom", "zoom_table_only.csv")

    rows = read("zoom", "zoom_table_only.csv", room_id="algebra-1", room_title="Algebra I")
    assert rooms(rows) == {Room("algebra-1", "Algebra I")}


def test_a_meeting_number_that_a_spreadsheet_rounded_is_not_taken(read: Read) -> None:
    block = "Meeting ID,Topic\n9.73303E+10,Algebra\n"
    content = block.encode() + table("Mei,,03/25/2024 01:00:00 PM,,5")
    with pytest.raises(InvalidInput, match="rounded the meeting's number"):
        read("zoom", content)
    assert rooms(read("zoom", content, room_id="a")) == {Room("a", "Algebra")}


def test_a_meeting_without_values_is_no_meeting(read: Read) -> None:
    content = b"Topic,ID\nAlgebra\n" + table("Mei,,03/25/2024 01:00:00 PM,,5")
    with pytest.raises(InvalidInput, match="names no meeting"):
        read("zoom", content)


def test_a_file_without_a_table_of_participants_is_not_read(read: Read) -> None:
    unique_users = b"Name,User Email,Total Duration (Minutes),Guest\nMei,,5,No\n"
    for content in (b"", unique_users, b"Join Time,Leave Time\n"):
        with pytest.raises(InvalidInput, match="must have a table with the columns"):
            read("zoom", content, room_id="r")


def test_rows_that_do_not_fit_are_rejected(read: Read) -> None:
    rows = read(
        "zoom",
        table(
            "Tanaka, Mei,,03/25/2024 01:00:00 PM,03/25/2024 02:00:00 PM,60",
            ",,03/25/2024 01:00:00 PM,03/25/2024 02:00:00 PM,60",
            "Mei,,03/25/2024 01:00:00 PM,03/25/2024 12:59:00 PM,60",
            "Mei,,03/25/1924 01:00:00 PM,,60",
            "Mei,,25/03/2024 01:00:00 PM,,60",
            "Mei,,03/25/2024 01:00:00 PM,03/25/2024 02:00:00 PM",
        ),
        room_id="r",
    )
    assert [row.reason for row in rows if isinstance(row, RejectedRow)] == [
        "row must have at most 5 cells like its header",
        "row must have a name or an e-mail address",
        "leave time must not be before join time",
        "join time must not be before 2010, and is in the year 1924",
        "join time must be a date and a time, like 03/25/2024 02:05:30 PM",
    ]
    assert isinstance(rows[5], ImportedSession)
    assert [row.line for row in rows] == [2, 3, 4, 5, 6, 7]


def test_rows_that_are_no_text_are_rejected_in_their_places(read: Read) -> None:
    rows = read("zoom", table('"Mei" T,,', "Mei,,03/25/2024 01:00:00 PM,,5"), room_id="r")
    assert [(row.line, isinstance(row, RejectedRow)) for row in rows] == [(2, True), (3, False)]


def test_equal_rows_are_told_apart_among_the_latest_only(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_REMEMBERED", 2)
    mei, noor, sam = (f"{name},,03/25/2024 01:00:00 PM,,5" for name in ("Mei", "Noor", "Sam"))
    rows = read("zoom", table(mei, noor, mei, sam, mei, noor), room_id="r")
    ids = [row.presence_id for row in rows if isinstance(row, ImportedSession)]
    # Noor was forgotten when Sam came, Mei was not: she had come again meanwhile.
    assert len({ids[0], ids[2], ids[4]}) == 3
    assert ids[1] == ids[5]


def test_empty_cells_after_the_last_column_are_none(read: Read) -> None:
    (row,) = read("zoom", table("Mei,,03/25/2024 01:00:00 PM,,5,,"), room_id="r")
    assert isinstance(row, ImportedSession)


def test_rows_behind_those_that_were_looked_at_for_dates_are_read_too(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_LOOK_AHEAD", 2)
    rows = read("zoom", "zoom_2020.csv")
    assert [row.line for row in rows] == [5, 6, 7, 8]


def test_an_unknown_time_zone_is_said_before_anything_is_read(read: Read) -> None:
    with pytest.raises(InvalidInput, match="timeZone must be an IANA time zone name"):
        read("zoom", "zoom_2020.csv", time_zone="Mars/Olympus")


BLOCK = "Topic,ID,Host,Duration (minutes),Start time,End time,Participants\n"


def meeting(host: str, *rows: str) -> bytes:
    values = f'Physics,897 1,{host},77,"06/16/2026 03:00:00 PM","06/16/2026 04:00:00 PM",3\n\n'
    return (BLOCK + values).encode() + table(*rows)


@pytest.mark.parametrize(
    ("host", "role"),
    [
        ("Ada_Host (Ada@school.example)", Role.TEACHER),
        ("Ada (she/her) (ada@school.example)", Role.TEACHER),
        ("ada@school.example", Role.TEACHER),
        ("Ada_Host (bo@school.example)", None),
        ("Ada_Host", None),
    ],
)
def test_the_host_of_the_block_of_2024_is_known_by_the_address_behind_the_name(
    read: Read, host: str, role: Role | None
) -> None:
    row = "Ada_Host,ada@school.example,06/16/2026 03:00:00 PM,06/16/2026 03:30:00 PM,30"
    (found,) = read("zoom", meeting(host, row))
    assert isinstance(found, ImportedSession)
    assert found.joined.participant.role == role


@pytest.mark.parametrize(
    ("lasted", "left"),
    [("30", "15:31:00"), ("30 mins", "15:31:00"), ("", "16:00:00"), ("146", "16:00:00")],
)
def test_a_stay_without_a_leave_ends_with_its_duration_or_the_meeting(
    read: Read, told: Told, lasted: str, left: str
) -> None:
    for missing in ("", "--", "-", "\u2014"):
        row = f"Mei,,06/16/2026 03:01:00 PM,{missing},{lasted}"
        (found,) = told(read("zoom", meeting("Ada", row)))
        assert found == (5, "Mei", None, "15:01:00", left)


def test_a_stay_of_which_nothing_tells_the_end_is_rejected(read: Read, told: Told) -> None:
    after = read("zoom", meeting("Ada", "Mei,,06/16/2026 05:00:00 PM,,"))
    alone = read("zoom", table("Mei,,06/16/2026 05:00:00 PM,,"), room_id="r")
    for ((_, reason),) in (told(after), told(alone)):
        assert str(reason).startswith(
            "leave time is missing, and neither a duration nor the meeting"
        )
        assert str(reason).endswith("put in when they left")


def test_the_report_of_an_account_ends_a_stay_with_the_meeting_of_its_row(
    read: Read, told: Told
) -> None:
    content = (
        "Topic,Meeting ID,Host,End Time,Name (Original Name),Email,Join Time,Leave Time\n"
        "A,1 2,Ada (ada@a.example),04/15/2020 10:00:00 AM,Ada,ada@a.example,04/15/2020 09:00:00 AM,\n"
    )
    assert told(read("zoom", content.encode())) == [
        (2, "ada@a.example", Role.TEACHER, "09:00:00", "10:00:00")
    ]


WEBINAR = (
    *("Topic,Webinar ID", "Tag der Physik,847", "Attendee Details"),
    "Attended,User Name (Original Name),Email,Join Time,Leave Time,Größe 1",
    "Yes,Jürgen,j@a.example,08/19/2026 10:50:00 AM,08/19/2026 11:50:00 AM,X",
    "Topic,Webinar ID,Straße 2",
    "Chemie für 9b,848,X",
    "Panelist,Rolle,Größe",
)


@pytest.mark.parametrize("damaged", [3, 5, 6, 7])
def test_a_header_that_cannot_be_read_refuses_the_whole_report(read: Read, damaged: int) -> None:
    lines = [line.encode("cp1252" if at == damaged else "utf-8") for at, line in enumerate(WEBINAR)]
    with pytest.raises(InvalidInput, match=f"^line {damaged + 1} may be a heading, .*--encoding"):
        read("zoom", b"\n".join(lines))


def test_a_header_far_below_refuses_all_that_stands_above_it(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_LOOK_AHEAD", 2)
    people = [WEBINAR[4].replace("Jürgen", f"Mei {number}") for number in range(9)]
    lines = [line.encode() for line in (*WEBINAR[:4], *people)]
    assert len(read("zoom", b"\n".join(lines))) == 9
    rows = FORMATS["zoom"](
        BytesIO(b"\n".join([*lines, WEBINAR[5].encode("cp1252")])), ReadOptions()
    )
    with pytest.raises(InvalidInput, match=r"^line 14 may be a heading"):
        next(rows)


def test_a_person_who_cannot_be_read_is_a_reject_only(read: Read, told: Told) -> None:
    lines = [line.encode("cp1252" if at == 4 else "utf-8") for at, line in enumerate(WEBINAR[:5])]
    assert told(read("zoom", b"\n".join(lines))) == [(5, "row must be valid UTF-8 text")]


def test_cells_that_a_spreadsheet_filled_up_are_no_columns(read: Read, told: Told) -> None:
    content = table("Mei,,03/25/2024 01:00:00 PM,03/25/2024 02:00:00 PM,5,x,")
    padded = content.replace(b"(Minutes)\n", b"(Minutes),,\n")
    assert told(read("zoom", padded, room_id="r")) == [
        (2, "row must have at most 5 cells like its header")
    ]


def test_times_that_cannot_be_are_rejected(read: Read, told: Told) -> None:
    now = from_text("2024-03-25T12:00:00Z")
    join = "Mei,,03/25/2024 01:00:00 PM"
    rows = read(
        "zoom",
        table(f"{join},03/25/2124 02:00:00 PM,5", f"{join},03/25/2024 02:00:00 PM,60"),
        room_id="r",
        now=now,
    )
    assert told(rows) == [
        (2, "leave time must not be after tomorrow, and is in the year 2124"),
        (3, "Mei", None, "13:00:00", "14:00:00"),
    ]


def test_who_was_there_for_longer_than_there_are_years_is_rejected(read: Read) -> None:
    text = (
        b"Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\n"
        b"902 1102 1111,Biology,,,ada@school.example,146,1,\n\n"
        b"Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)\n"
        b"Mei,mei@school.example,04/15/2020 03:44:01 PM,,999999999h\n"
    )
    (row,) = read("zoom", text, room_id="r")
    assert isinstance(row, RejectedRow)
    assert row.reason == "leave time must lie between the years 1970 and 9999"
