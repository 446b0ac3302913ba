"""Reports of Teams' with something missing, damaged or told twice."""

from collections.abc import Callable

import pytest
from support.teams import PARTICIPANTS, SUMMARY, named, report, rooms

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role, Room
from rollbook.sources.files.rows import ImportRow

Read = Callable[..., list[ImportRow]]
Told = Callable[[list[ImportRow]], list[tuple[object, ...]]]
ACTIVITIES = ("3. In-Meeting Activities", "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole")


def day(*names: str) -> list[str]:
    return [f"{name}\t22/9/26, 14:00:00\t22/9/26, 14:30:00\t30m\t\tAttendee" for name in names]


def participant(name: str, times: str, email: str = "", upn: str = "") -> str:
    return f"{name}\t{times}\t{email}\t{upn}\tAttendee"


def test_who_has_no_single_stay_keeps_the_row_of_all_their_stays(read: Read, told: Told) -> None:
    times = "22/9/26, 14:00:00\t22/9/26, 14:50:00\t50m"
    rows = read(
        "teams",
        report(
            *SUMMARY,
            *PARTICIPANTS[:2],
            participant("Noor", times, "Noor@a.example"),
            # Known there by the name alone, and by another name in the same seconds.
            participant("Sam", times, "", "sam@b.example"),
            participant("Guest", "22/9/26, 14:00:00\t22/9/26, 14:30:00\t30m", "", "g@b.example"),
            participant("Late", "\t22/9/26, 14:50:00\t"),
            participant("Registered", "\t\t"),
            "Cut off",
            *ACTIVITIES,
            *day("Sam", "Kim"),
        ),
    )
    no_join = "join time must be a date and a time, like 03/25/2024 02:05:30 PM"
    assert told(rows) == [
        (6, "noor@a.example", Role.STUDENT, "14:00:00", "14:50:00"),
        (9, no_join),
        (11, no_join),
        (14, "Sam", Role.STUDENT, "14:00:00", "14:30:00"),
        (15, "Kim", Role.STUDENT, "14:00:00", "14:30:00"),
    ]


def test_of_two_strangers_with_the_times_of_one_stay_one_is_another_person(read: Read) -> None:
    times = "22/9/26, 14:00:00\t22/9/26, 14:30:00\t30m"
    people = [participant(name, times) for name in ("One", "Two")]
    rows = read("teams", report(*SUMMARY, *PARTICIPANTS[:2], *people, *ACTIVITIES, *day("Kim")))
    assert [row.line for row in rows] == [7, 10]


def test_two_addresses_of_one_name_are_two_people(read: Read) -> None:
    people = [
        participant("Mei", "22/9/26, 14:00:00\t22/9/26, 14:50:00\t50m", "mei2@a.example"),
        *ACTIVITIES,
        "Mei\t22/9/26, 14:00:00\t22/9/26, 14:30:00\t30m\tmei@a.example\tAttendee",
    ]
    assert [row.line for row in read("teams", report(*SUMMARY, *PARTICIPANTS[:2], *people))] == [
        6,
        9,
    ]


@pytest.mark.parametrize(
    ("lasted", "summary", "left"),
    [
        ("15m", (), "14:15:00"),
        ("1 godz. 2 min", (), "15:02:00"),
        ("1 時間 0 分 30 秒", (), "15:00:30"),
        ("59 Min. 0 Sek.", (), "14:59:00"),
        ("2h", ("Inicio\t22/9/26, 13:58:00", "Fin\t22/9/26, 15:01:00"), "15:01:00"),
        ("10m", ("Inicio\t22/9/26, 13:58:00", "Fin\t22/9/26, 15:01:00"), "14:10:00"),
        ("", ("Inicio\t22/9/26, 13:58:00", "Fin\t22/9/26, 15:01:00"), "15:01:00"),
        ("2 Std. 5 Min.", (), "16:05:00"),
        ("", ("Beginn\t22/9/26, 14:05:00",), None),
        ("eine Weile", ("Beginn\t22/9/26, 13:58:00",), None),
        ("", ("Beginn\t22/9/26, 12:58:00", "Ende\t22/9/26, 13:00:00"), None),
    ],
)
def test_a_stay_without_a_leave_is_over_with_its_meeting_or_its_duration(
    read: Read, told: Told, lasted: str, summary: tuple[str, ...], left: str | None
) -> None:
    row = f"Mei\t22/9/26, 14:00:00\t--\t{lasted}\t\t\tAttendee"
    (found,) = told(read("teams", report(*SUMMARY[:2], *summary, *PARTICIPANTS[:2], row)))
    if left is None:
        assert str(found[1]).startswith("leave time is missing, and neither a duration nor")
    else:
        assert found[-1] == left


def test_two_meetings_in_one_list_do_not_end_each_others_stays(read: Read, told: Told) -> None:
    header = "Full Name\tUser Action\tTimestamp"
    first = ("Mei\tJoined before\t13/09/2022 09:00:00", "Sam\tJoined\t13/09/2022 09:05:00")
    left = "Sam\tLeft\t13/09/2022 09:50:00"
    for between, came in (
        ((header,), "Joined\t13/09/2022 14:00:00"),
        ((), "Joined before\t13/09/2022 14:00:00"),
        ((), "Joined\t14/09/2022 14:00:00"),
    ):
        rows = read(
            "teams",
            report(
                *(header, *first, left, *between),
                f"Sam\t{came}",
                f"Mei\tLeft\t{came[-19:-8]}14:40:00",
            ),
            room_id="r",
        )
        line = 5 + len(between)
        assert told(rows) == [
            (2, "Mei", None, "09:00:00", "09:50:00"),
            (3, "Sam", None, "09:05:00", "09:50:00"),
            (line, "Sam", None, "14:00:00", "14:40:00"),
            (line + 1, "Left must follow a row with Joined of the same person"),
        ]


def test_two_reports_in_one_file_are_refused_since_each_is_of_its_own_room(read: Read) -> None:
    one = (*SUMMARY, *PARTICIPANTS)
    with pytest.raises(InvalidInput, match="another report begins in line"):
        read("teams", report(*one, *one))


def test_who_joins_again_without_having_left_is_not_there_twice(read: Read, told: Told) -> None:
    content = report(
        "Ada\tJoined\t13/09/2022 09:30:00\t\t",
        "Ada\tJoined\t13/09/2022 09:40:00\t\t",
        "Ada\tLeft\t13/09/2022 10:00:00\t\t",
        "Ada\tJoined\t13/09/2022 10:10:00\t\t",
        "Ada\tLeft\t13/09/2022 10:30:00\t\t",
    )
    assert told(read("teams", content, room_id="r")) == [
        (1, "Ada", None, "09:30:00", "09:40:00"),
        (2, "Ada", None, "09:40:00", "10:00:00"),
        (4, "Ada", None, "10:10:00", "10:30:00"),
    ]


def test_a_long_meeting_in_which_nobody_comes_or_goes_is_one(read: Read, told: Told) -> None:
    content = report(
        "Sam\tJoined before\t13/09/2022 09:00:00",
        "Mei\tJoined\t13/09/2022 11:00:00",
        "Sam\tLeft\t13/09/2022 19:00:00",
    )
    assert told(read("teams", content, room_id="r")) == [
        (1, "Sam", None, "09:00:00", "19:00:00"),
        (2, "Mei", None, "11:00:00", "19:00:00"),
    ]


GERMAN = (
    *("1. Übersicht", "Titel\tÜbung 1", "2. Teilnehmer"),
    "Name\tErster Beitritt\tLetztes Verlassen\tDauer\tE-Mail\tTeilnehmer-ID\tRölle",
    "Jürgen\t06.10.26, 18:01:00\t06.10.26, 19:00:00\t59 Min.\t\t\tTeilnehmer",
    "3. Aktivitäten",
    "Name\tBeitritt\tVerlassen\tDauer\tE-Mail\tRölle",
    "Jürgen\t06.10.26, 18:01:00\t06.10.26, 19:00:00\t59 Min.\t\tTeilnehmer",
)


@pytest.mark.parametrize("damaged", [0, 1, 3, 5, 6])
def test_a_heading_or_header_that_cannot_be_read_refuses_the_whole_report(
    read: Read, damaged: int
) -> None:
    lines = [line.encode("cp1252" if at == damaged else "utf-8") for at, line in enumerate(GERMAN)]
    with pytest.raises(InvalidInput, match=f"^line {damaged + 1} may be a heading, .*--encoding"):
        read("teams", b"\n".join(lines))


def test_a_person_who_cannot_be_read_is_a_reject_only(read: Read, told: Told) -> None:
    lines = [line.encode("cp1252" if at == 7 else "utf-8") for at, line in enumerate(GERMAN)]
    rows = read("teams", b"\n".join(lines))
    assert told(rows)[-1] == (8, "row must be valid UTF-8 text")


def test_a_heading_behind_a_quote_that_is_not_closed_is_not_lost(read: Read) -> None:
    lines = (*GERMAN[:4], f'"{GERMAN[4]}', *GERMAN[5:])
    with pytest.raises(InvalidInput, match=r"^line 5 may be a heading"):
        read("teams", "\n".join(lines).encode())


def test_another_encoding_is_read_when_it_is_named(read: Read, told: Told) -> None:
    content = "\n".join(GERMAN).encode("cp1252")
    assert told(read("teams", content, encoding="cp1252")) == [
        (8, "Jürgen", None, "18:01:00", "19:00:00")
    ]


@pytest.mark.parametrize("first", ["12", "1 234", "9/22/26, 1:58:05 PM", "\uff12"])
def test_a_number_or_a_moment_is_no_title(read: Read, first: str) -> None:
    content = report("1. Resumen", f"Participantes\t{first}", *PARTICIPANTS)
    with pytest.raises(InvalidInput, match=r"names no meeting: .* --room"):
        read("teams", content)


def test_a_title_that_is_told_as_one_may_be_a_number(read: Read) -> None:
    rows = read("teams", report("1. Summary", "Meeting title\t101", *PARTICIPANTS))
    assert rooms(rows) == {Room(named("101"), "101")}


def test_a_report_of_nobody_is_told(read: Read) -> None:
    with pytest.raises(InvalidInput, match="nobody under it"):
        read("teams", report(*SUMMARY, *PARTICIPANTS[:2]))
