"""Files as people really have them: what each must give, or why it is refused."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_text, to_text
from rollbook.sources.files import FORMATS, HEAD, format_of
from rollbook.sources.files.rows import ImportedSession, ImportRow, ReadOptions
from rollbook.sources.files.unpacking import unpacked

CASES = Path(__file__).parents[2] / "fixtures" / "import" / "cases"
NOW = from_text("2026-11-25T12:00:00Z")
NO_TIME = "must be a date and a time, like 03/25/2024 02:05:30 PM"
NO_JOIN = f"join time {NO_TIME}"

Told = tuple[str, str, str] | str
OTHER_CALENDAR = (
    "join time must not be after tomorrow, and is in the year 2065. Perhaps these are years of "
    "the Buddhist calendar: 2565 is 2022; export the report with years like 2024"
)

ADA, MEI = "ada@school.example", "mei@school.example"
ADA_DE = "ada@schule.example"
BIO = [
    (f"{ADA} TEACHER", "2020-04-15 15:42:15", "18:07:30"),
    ("jg@school.example", "2020-04-15 15:44:01", "16:44:01"),
    ("Zoë", "2020-04-15 15:44:01", "16:44:01"),
]
GERMAN = [
    (f"{ADA_DE} TEACHER", "2026-10-06 18:01:00", "18:30:00"),
    (f"{ADA_DE} TEACHER", "2026-10-06 18:30:00", "19:00:00"),
    ("Jürgen Groß", "2026-10-06 18:05:00", "18:20:00"),
]
JAPANESE = [
    (MEI, "2022-07-11 18:29:32", "20:03:11"),
    ("ken@school.example", "2022-07-11 18:30:36", "20:01:16"),
]
CHEMISTRY: list[Told] = [
    (MEI, "2021-11-09 09:55:00", "12:01:59"),
    ("iPhone", "2021-11-09 10:08:10", "10:17:18"),
    ("iPhone", "2021-11-09 10:08:10", "11:17:18"),
    NO_JOIN,
]
LIST = [
    ("Doe, Jane", "2022-09-13 17:30:21", "17:45:00"),
    ("Sam Roe", "2022-09-13 17:31:00", "17:45:00"),
]
OPEN_EVENING = [
    ("mei@home.example STUDENT", "2026-09-22 14:00:00", "14:20:00"),
    ("mei@home.example STUDENT", "2026-09-22 14:30:00", "15:00:00"),
]
NOOR = ("noor@home.example STUDENT", "2026-09-22 14:05:00", "14:50:00")
PHYSICS_14 = [(f"{ADA} TEACHER", "2022-07-14 18:29:32", "19:29:32")]
PHYSICS_11 = [(f"{ADA} TEACHER", "2022-07-11 18:29:32", "19:29:32")]
WEBINAR: list[Told] = [
    ("host@school.example TEACHER", "2026-08-19 10:45:00", "14:30:00"),
    ("mei@home.example", "2026-08-19 10:50:00", "14:29:00"),
    "leave time must not be before join time",
    NO_JOIN,
    ("15550100123", "2026-08-19 10:50:00", "11:29:00"),
]

IMPORTED: dict[str, tuple[dict[str, str], Sequence[Told]]] = {
    "blank.jsonl": ({}, []),
    "empty.jsonl": ({}, []),
    "own_array.json": ({}, [("mei", "2024-01-15 09:05:30", "")]),
    "own_pretty.json": ({}, [("mei", "2024-01-15 09:05:30", "")]),
    "own_cr.csv": (
        {},
        [("mei", "2024-01-15 09:05:30", "09:50:00"), ("no", "2024-01-15 09:05:30", "")],
    ),
    "own_sep.csv": ({}, [("mei", "2024-01-15 09:05:30", "09:50:00")]),
    "own_ok.jsonl": (
        {},
        [
            ("mei STUDENT", "2024-01-15 09:05:30", "09:50:00"),
            ("noor", "2024-01-15 09:04:00", ""),
            "uid must be a string",
            "joinedAt must be an ISO 8601 instant with an offset, like 2024-01-15T09:05:30Z",
        ],
    ),
    **{f"t_date_{name}.csv": ({}, [NO_JOIN]) for name in ("ar", "bg", "el", "fi", "frca", "ko")},
    **{f"t_date_{name}.csv": ({}, [NO_JOIN]) for name in ("vi", "zhtw")},
    "t_date_enca.csv": ({}, PHYSICS_11),
    "t_date_sv.csv": ({}, PHYSICS_11),
    "t_date_esmx.csv": ({}, PHYSICS_14),
    "t_date_pt.csv": ({}, PHYSICS_14),
    "t_date_future.csv": ({}, ["join time must not be after tomorrow, and is in the year 2126"]),
    "t_date_th65.csv": (
        {},
        [OTHER_CALENDAR],
    ),
    "t_de.csv": ({}, GERMAN),
    "t_de_ansi.csv": ({"encoding": "cp1252"}, GERMAN),
    "t_de_excel_utf8.csv": ({}, GERMAN),
    "t_de_excel_padded.csv": (
        {},
        [
            (f"{ADA_DE} TEACHER", "2026-10-06 18:01:00", "19:00:00"),
            ("Mia Braun", "2026-10-06 18:05:00", "18:20:00"),
            ("Tom Klein", "2026-10-06 18:10:00", "18:50:00"),
        ],
    ),
    "t_ja_quoted.csv": ({}, [(MEI, "2026-01-15 19:00:00", "20:00:00")]),
    "t_ja_quoted_nobom.csv": ({}, [(MEI, "2026-01-15 19:00:00", "20:00:00")]),
    "t_ja_yy.csv": ({"room_id": "r"}, JAPANESE),
    "t_ja_yy_titled.csv": ({}, JAPANESE),
    "t_list_nohdr.csv": ({"form": "teams", "room_id": "r"}, LIST),
    "t_list_notice.csv": (
        {"room_id": "r"},
        [("Ada Host", "2022-09-13 17:30:21", "17:45:00"), LIST[1]],
    ),
    "t_list_pt.csv": (
        {"form": "teams", "room_id": "r"},
        [
            ("Ana Lima", "2022-09-25 16:29:58", "17:29:58"),
            "user action must be Joined or Left",
            "Left must follow a row with Joined of the same person",
        ],
    ),
    "t_list_semicolon_commas.csv": (
        {"room_id": "r"},
        [
            ("Host, Ada, Dr.", "2022-09-13 17:30:21", "17:45:00"),
            ("Roe, Sam", "2022-09-13 17:31:00", "17:45:00"),
        ],
    ),
    "t_list_semicolon_commas2.csv": (
        {"room_id": "r"},
        [
            ("Host, Ada", "2022-09-13 17:30:21", "17:45:00"),
            ("Roe, Sam", "2022-09-13 17:31:00", "17:45:00"),
        ],
    ),
    "t_markers.csv": (
        {},
        [
            (f"{ADA} TEACHER", "2021-09-22 13:58:05", "15:00:41"),
            ("Casey Guest (Unverified) MODERATOR", "2021-09-22 14:10:00", "14:20:00"),
            ("Casey Guest (Guest) MODERATOR", "2021-09-22 14:30:00", "14:40:00"),
            NO_JOIN,
            NO_JOIN,
        ],
    ),
    "t_no_leave.csv": (
        {},
        [
            (f"{ADA} TEACHER", "2021-09-22 13:58:05", "15:00:41"),
            ("omar@school.example STUDENT", "2021-09-22 14:10:00", "15:00:41"),
            NO_JOIN,
            NO_JOIN,
        ],
    ),
    "t_ok.csv": (
        {},
        [
            ("ada.host@school.example TEACHER", "2026-09-22 13:58:05", "15:00:41"),
            ("bo@school.example MODERATOR", "2026-09-22 14:00:00", "15:00:00"),
            ("mei@school.example STUDENT", "2026-09-22 14:01:00", "14:20:00"),
            ("mei@school.example STUDENT", "2026-09-22 14:30:00", "15:00:00"),
            ("Sam (Unverified) STUDENT", "2026-09-22 14:05:00", "14:50:00"),
            NO_JOIN,
        ],
    ),
    "t_registration.csv": ({}, OPEN_EVENING),
    "t_sec3_partial.csv": ({}, [NOOR, *OPEN_EVENING]),
    "t_sec3_empty.csv": (
        {},
        [("mei@home.example STUDENT", "2026-09-22 14:00:00", "15:00:00"), NOOR],
    ),
    "z_2024_fixture.csv": (
        {},
        [
            (f"{ADA} TEACHER", "2024-03-25 13:58:00", "15:00:00"),
            (MEI, "2024-03-25 14:01:00", "15:00:00"),
            ("نور", "2024-03-25 14:05:00", "15:00:00"),
        ],
    ),
    "z_2024_host.csv": (
        {},
        [
            (f"{ADA} TEACHER", "2026-06-16 15:10:26", "16:26:31"),
            ("Mei Tanaka", "2026-06-16 15:11:00", "16:26:31"),
        ],
    ),
    **{name: ({}, BIO) for name in ("z_202f.csv", "z_cr.csv", "z_sep.csv")},
    "z_cat.csv": (
        {},
        [
            (MEI, "2020-04-15 15:44:01", "16:44:01"),
            ("sam@school.example", "2020-04-16 15:44:01", "16:44:01"),
        ],
    ),
    "z_cp1252.csv": ({}, [BIO[0], *["row must be valid UTF-8 text"] * 2]),
    "z_excel_de.csv": (
        {"room_id": "r"},
        [
            (f"{ADA} TEACHER", "2020-04-15 15:42:00", "18:07:00"),
            (MEI, "2020-04-15 15:42:00", "15:43:00"),
            (MEI, "2020-04-15 15:44:00", "16:44:00"),
        ],
    ),
    "z_excel_mixed.csv": (
        {"room_id": "r"},
        [
            (ADA, "2020-04-05 15:42:00", "18:07:00"),
            (MEI, "2020-04-15 15:44:01", "16:44:01"),
        ],
    ),
    "z_lower.csv": ({"room_id": "r"}, [(MEI, "2020-04-15 15:44:00", "16:44:00")]),
    "z_no_leave.csv": (
        {},
        [
            (MEI, "2020-04-15 15:44:01", "18:07:30"),
            ("noor@school.example", "2020-04-15 15:44:01", "18:07:30"),
        ],
    ),
    "z_quotes.csv": (
        {"room_id": "r"},
        [
            (MEI, "2020-04-15 15:44:01", "16:44:01"),
            ("sam@school.example", "2020-04-15 15:44:01", "16:44:01"),
            "row must be quoted correctly, each cell at most 131,072 characters long",
            ("Kim, Lee", "2020-04-15 15:44:01", "16:44:01"),
            ("(iPad)", "2020-04-15 15:44:01", "16:44:01"),
            "row must have at most 5 cells like its header",
            "row must have a name or an e-mail address",
            NO_JOIN,
        ],
    ),
    "z_unique_times.csv": ({"room_id": "r"}, [(MEI, "2026-09-15 09:00:23", "11:30:08")]),
    "z_webinar_full.csv": ({}, WEBINAR),
    "z_webinar_nul.csv": (
        {},
        [WEBINAR[0], "name must not contain a NUL character", *WEBINAR[2:]],
    ),
    "z_webinar_nulhdr.csv": ({}, [*WEBINAR[:3], NO_JOIN, *WEBINAR[3:]]),
    **{
        name: ({"date_order": "mdy"}, CHEMISTRY)
        for name in ("z_ok.csv", "z.xlsx", "z_xlsx_named.csv", "z.csv.gz", "z.zip")
    },
}
ROOM = "names no meeting: say which room it is, with --room"
REFUSED = {
    "bbb.csv": "is BigBlueButton's learning dashboard. .*rename its columns: Name to uid, Join to",
    "bom_only.csv": "has only a byte order mark in it",
    "empty.csv": "is empty: export it again",
    "header_only.csv": "header of a report, and nobody under it: export it when the meeting is over",
    "html.csv": "is a web page .*: sign in, and download it again",
    "meet.csv": "is an attendance report of Google Meet. .*rename .*Time joined to joinedAt",
    "moodle.csv": "is an attendance sheet of Moodle's, which has no times",
    "t_2021_loc0.csv": "Teams report in another language .*Set the language of Teams to English",
    "t_2021_loc1.csv": "Teams report in another language .*Set the language of Teams to English",
    "t_2021_loc2.csv": "Teams report in another language .*Set the language of Teams to English",
    "t_2021_pl.csv": "Teams report in another language .*Set the language of Teams to English",
    "t_de_ansi.csv": "line 11 may be a heading, and cannot be read.*CSV UTF-8.*--encoding",
    "t_ja_yy.csv": ROOM,
    "t_only_me.csv": ROOM,
    "z_es.csv": "is a Zoom report in another language .*portal to English, and export it again",
    "z_excel_de.csv": "a spreadsheet has rounded the meeting's number: .*--room",
    "z_excel_dots_slashes.csv": "04.05.2020 15:42 and like 04/15/2020 .*Export the report again",
    "z_excel_mixed.csv": ROOM,
    "z_ok.csv": "say --date-order mdy or dmy",
    "z_unique_table_only.csv": "Export it again with 'Show unique users' unticked",
    "z_unique_users.csv": "Export it again with 'Show unique users' unticked",
}


def imported(name: str, form: str | None = None, **options: str) -> list[ImportRow]:
    """The rows of a case, as the command reads them."""
    chosen = ReadOptions(**options, now=NOW)  # type: ignore[arg-type]
    with (CASES / name).open("rb") as packed, unpacked(packed, name) as (stream, inner):
        head = stream.read(HEAD)
        stream.seek(0)
        kind = format_of(inner, head, chosen.encoding, form)
        return list(FORMATS[kind](stream, chosen))


def told(row: ImportRow) -> Told:
    if not isinstance(row, ImportedSession):
        return row.reason
    person, left = row.joined.participant, row.left
    who = f"{person.uid} {person.role}" if person.role else person.uid
    joined = to_text(row.joined.at)[:19].replace("T", " ")
    return who, joined, to_text(left.at)[11:19] if left else ""


def test_every_case_is_here() -> None:
    assert {path.name for path in CASES.iterdir()} == {*IMPORTED, *REFUSED}


@pytest.mark.parametrize("name", IMPORTED)
def test_what_a_file_gives(name: str) -> None:
    options, expected = IMPORTED[name]
    assert [told(row) for row in imported(name, **options)] == expected


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_read_says_what_it_is_and_what_to_do(name: str) -> None:
    with pytest.raises(InvalidInput, match=REFUSED[name]):
        imported(name)


def test_a_report_of_a_finished_meeting_has_no_session_that_runs() -> None:
    for name in (name for name in IMPORTED if name.startswith(("t_", "z_"))):
        options, _ = IMPORTED[name]
        for row in imported(name, **options):
            assert not isinstance(row, ImportedSession) or row.left is not None


def test_a_meeting_without_a_title_is_no_room_called_like_a_number() -> None:
    (row, _) = imported("t_ja_yy.csv", room_id="chemistry")
    assert isinstance(row, ImportedSession)
    assert (row.joined.room.room_id, row.joined.room.title) == ("chemistry", None)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("mdy", NO_JOIN),
        ("dmy", (f"{ADA} TEACHER", "2011-07-22 18:29:32", "19:29:32")),
        ("ymd", PHYSICS_11[0]),
    ],
)
def test_an_order_of_dates_that_is_said_is_kept(order: str, expected: Told) -> None:
    assert [told(row) for row in imported("t_date_sv.csv", date_order=order)] == [expected]
