from collections.abc import Callable

import pytest
from support.teams import PARTICIPANTS, SUMMARY, named, report, rooms

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role, Room
from rollbook.domain.instants import from_text
from rollbook.sources.files import teams
from rollbook.sources.files.rows import ImportedSession, ImportRow, RejectedRow

Read = Callable[..., list[ImportRow]]
Told = Callable[[list[ImportRow]], list[tuple[object, ...]]]


def test_each_single_stay_of_the_third_section_counts(read: Read, told: Told) -> None:
    rows = read("teams", "teams_report.csv", time_zone="Europe/Paris")
    assert told(rows) == [
        (19, "ada.host@school.example", Role.TEACHER, "11:58:05", "13:00:41"),
        (20, "bo@school.example", Role.MODERATOR, "12:00:00", "13:00:00"),
        (21, "mei@school.example", Role.STUDENT, "12:01:00", "12:20:00"),
        (22, "mei@school.example", Role.STUDENT, "12:30:00", "13:00:00"),
        (23, "Sam (Unverified)", Role.STUDENT, "12:05:00", "12:50:00"),
        (24, "join time must be a date and a time, like 03/25/2024 02:05:30 PM"),
    ]
    assert rooms(rows) == {Room(named("physics lab"), "Physics lab")}


@pytest.mark.parametrize("activities", [(), ("", "3. In-Meeting Activities")])
def test_without_single_stays_the_participants_count(
    read: Read, told: Told, activities: tuple[str, ...]
) -> None:
    rows = read("teams", report(*SUMMARY, *PARTICIPANTS, *activities))
    assert told(rows) == [(6, "mei@a.example", Role.STUDENT, "14:00:00", "15:00:00")]


def test_a_report_saved_again_with_commas(read: Read, told: Told) -> None:
    content = (
        "1. Summary,,,,,,\nMeeting title,Physics,,,,,\n,,,,,,\n2. Participants,,,,,,\n"
        "Name,First Join,Last Leave,In-Meeting Duration,Email,Participant ID (UPN),Role\n"
        '"Tanaka, Mei","9/22/26, 1:00:00 PM","9/22/26, 2:00:00 PM",1h,,Mei@A.example,Attendee\n'
    )
    rows = read("teams", content.encode())
    assert told(rows) == [(6, "mei@a.example", Role.STUDENT, "13:00:00", "14:00:00")]
    assert rooms(rows) == {Room(named("physics"), "Physics")}


def test_a_report_in_another_language_is_read_by_the_places_of_its_columns(
    read: Read, told: Told
) -> None:
    rows = read("teams", "teams_report_pt.csv", time_zone="America/Sao_Paulo")
    assert told(rows) == [
        (8, "davi@escola.example", Role.TEACHER, "13:00:00", "14:00:00"),
        (9, "elisa@escola.example", Role.STUDENT, "13:10:00", "13:55:00"),
    ]
    assert rooms(rows) == {Room(named("física"), "Física")}


def test_a_third_section_in_another_language(read: Read, told: Told) -> None:
    rows = read(
        "teams",
        report(
            *("1. Yhteenveto", "Kokouksen otsikko\tFysiikka", "", "3. Toiminnot"),
            "Nimi\tLiittyminen\tPoistuminen\tKesto\tSähköposti\tRooli",
            "Mei\t22.7.2026 7.02.10\t22.7.2026 7.20.30\t18 min\tMei@a.example\tEsittäjä",
        ),
    )
    assert told(rows) == [(6, "mei@a.example", None, "07:02:10", "07:20:30")]


def test_columns_behind_the_role_are_no_role(read: Read, told: Told) -> None:
    rows = read(
        "teams",
        report(
            *("1. Resumo", "Título\tFísica", "2. Participantes"),
            "Nome\tIngresso\tSaída\tDuração\tEmail\tID (UPN)\tFunção\tEngajamento",
            "Mei\t17/03/26, 10:00:00\t17/03/26, 11:00:00\t1h\t\tMei@a.example\tParticipante\t0",
        ),
    )
    assert told(rows) == [(5, "mei@a.example", Role.STUDENT, "10:00:00", "11:00:00")]


def test_a_person_named_like_a_section_is_a_person(read: Read) -> None:
    rows = read("teams", report(*SUMMARY, *PARTICIPANTS, PARTICIPANTS[2].replace("Mei", "4. B")))
    assert [row.line for row in rows] == [6, 7]


def test_a_summary_without_numbers_or_known_words_has_no_title(read: Read) -> None:
    content = report("Resumen", "Participantes\t2", "Título\tFísica", *PARTICIPANTS[1:])
    with pytest.raises(InvalidInput, match="names no meeting"):
        read("teams", content)


def test_the_report_of_2021_names_its_meeting(read: Read, told: Told) -> None:
    rows = read("teams", "teams_2021.csv")
    assert told(rows) == [
        (9, "ada@school.example", Role.TEACHER, "09:00:00", "10:00:00"),
        (10, "8:orgid:Sam", Role.STUDENT, "09:10:00", "10:00:00"),
    ]
    assert rooms(rows) == {Room("8b8b3ad9-d6a7-4d1f-9a12-b4b4b6a5f00e", "History")}


def test_a_list_ends_a_stay_with_its_leave_or_with_its_last_moment(read: Read, told: Told) -> None:
    assert told(read("teams", "teams_list.csv", room_id="history")) == [
        (2, "Host, Ada", None, "17:30:21", "17:51:00"),
        (3, "Sam Roe", None, "17:31:00", "17:45:00"),
        (5, "Sam Roe", None, "17:50:00", "17:51:00"),
        (6, "Left must follow a row with Joined of the same person"),
        (7, "user action must be Joined or Left"),
    ]


def test_a_leave_ends_the_latest_stay_that_is_open(read: Read, told: Told) -> None:
    actions = (("Joined", "31"), ("Joined", "40"), ("Left", "45"), ("Left", "50"), ("Joined", "55"))
    content = report(*(f"Sam\t{action}\t13/09/2022 17:{minute}:00" for action, minute in actions))
    assert told(read("teams", content, room_id="r")) == [
        (1, "Sam", None, "17:31:00", "17:50:00"),
        (2, "Sam", None, "17:40:00", "17:45:00"),
        (5, "Sam", None, "17:55:00", "17:55:00"),
    ]


@pytest.mark.parametrize("header", [(), ("Nombre completo\tAcción\tMarca de tiempo",)])
def test_a_list_in_another_language(read: Read, told: Told, header: tuple[str, ...]) -> None:
    rows = ("Sam\tSe unió\t13/09/2022 17:31:00", "Sam\tSalió\t13/09/2022 17:45:00")
    line = 1 + len(header)
    assert told(read("teams", report(*header, *rows), room_id="r")) == [
        (line, "Sam", None, "17:31:00", "17:45:00")
    ]


def test_a_live_event_pairs_its_rows_by_session_and_tells_utc(read: Read, told: Told) -> None:
    rows = read("teams", "teams_live_event.csv", room_id="open-day", time_zone="Asia/Tokyo")
    assert told(rows) == [
        (2, "mei@school.example", Role.STUDENT, "16:48:08", "17:25:54"),
        (3, "mei@school.example", Role.STUDENT, "16:51:13", "17:30:00"),
    ]


def test_columns_that_say_utc_are_utc(read: Read, told: Told) -> None:
    header = PARTICIPANTS[1].replace("Join", "Join (UTC)").replace("Leave", "Leave (UTC)")
    content = report(*SUMMARY, PARTICIPANTS[0], header, PARTICIPANTS[2])
    rows = read("teams", content, time_zone="Asia/Tokyo")
    assert told(rows) == [(6, "mei@a.example", Role.STUDENT, "14:00:00", "15:00:00")]


@pytest.mark.parametrize("title", ["PHYSICS", " Physics ", "\uff30hysics"])
def test_a_class_has_the_same_room_however_its_title_is_written(read: Read, title: str) -> None:
    content = report("1. Summary", f"Meeting title\t{title}", *PARTICIPANTS)
    assert {room.room_id for room in rooms(read("teams", content))} == {named("physics")}


def test_a_title_that_is_given_changes_no_room(read: Read) -> None:
    rows = read("teams", report(*SUMMARY, *PARTICIPANTS), room_title="Physics I")
    assert rooms(rows) == {Room(named("physics"), "Physics I")}


def test_without_a_title_a_room_must_be_given(read: Read) -> None:
    for content in (report(*PARTICIPANTS), report("1. Summary", "Meeting title\t", *PARTICIPANTS)):
        with pytest.raises(InvalidInput, match=r"names no meeting: .* --room"):
            read("teams", content)
        assert rooms(read("teams", content, room_id="r")) == {Room("r")}


def test_a_file_without_a_table_is_not_read(read: Read) -> None:
    for content in (b"", b"hello", report(*SUMMARY)):
        with pytest.raises(InvalidInput, match="must have a table of participants"):
            read("teams", content, room_id="r")


def test_dates_that_can_be_read_two_ways_are_not_guessed(read: Read) -> None:
    content = report(*SUMMARY, *(row.replace("22/9/26", "2/9/26") for row in PARTICIPANTS))
    with pytest.raises(InvalidInput, match="--date-order mdy or dmy"):
        read("teams", content)
    (row,) = read("teams", content, date_order="dmy")
    assert isinstance(row, ImportedSession)
    assert row.joined.at == from_text("2026-09-02T14:00:00Z")


def test_broken_rows_are_rejected_in_their_places(read: Read) -> None:
    rows = read("teams", report(*SUMMARY, *PARTICIPANTS[:2], '"Mei" T.\tx', PARTICIPANTS[2], "Sam"))
    assert [(row.line, isinstance(row, RejectedRow)) for row in rows] == [
        (6, True),
        (7, False),
        (8, True),
    ]


def test_a_report_larger_than_any_meeting_is_not_held(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teams, "_MAX_ROWS", 50)
    with pytest.raises(InvalidInput, match="fewer than 50 rows"):
        read("teams", report(*SUMMARY, *PARTICIPANTS, *([PARTICIPANTS[2]] * 50)))
    with pytest.raises(InvalidInput, match="fewer than 50 rows"):
        read("teams", report(*(f"label {number}\tx" for number in range(60))))
