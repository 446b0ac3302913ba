"""`rollbook report`: a participant on the terminal, as the API tells it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.commands import Cli
from support.visits import Visit

DAYS = ("--from", "2024-01-15", "--to", "2024-01-20")


@pytest.fixture
def filled(cli: Cli, key: str, school_file: Path) -> Cli:
    cli.prints("import", str(school_file), "--org", key)
    return cli


def test_a_report_is_a_table_by_room_for_people(filled: Cli, key: str) -> None:
    shown = filled.prints("report", "student-123", "--org", key, *DAYS)
    assert shown.splitlines()[0] == (
        "student-123 · Jane Doe · STUDENT  2024-01-15 to 2024-01-20 (UTC)"
    )
    assert "math-101  Calculus I  1 sessions, 1:00:00, 60 credits" in shown
    assert "physics-101  Physics Intro  1 sessions, 0:30:30, 31 credits" in shown
    assert "2024-01-15 09:00:00" in shown
    assert "192.168.1.100" in shown
    assert shown.splitlines()[-1] == "Total: 2 sessions, 1:30:30, 91 credits"


def test_a_report_of_one_room_holds_that_room_only(filled: Cli, key: str) -> None:
    shown = filled.prints("report", "student-123", "--org", key, "--room", "physics-101", *DAYS)
    assert "Physics Intro" in shown
    assert "Calculus" not in shown
    assert "Total: 1 sessions, 0:30:30, 31 credits" in shown


def test_a_session_that_lasts_is_shown_as_running(filled: Cli, key: str) -> None:
    shown = filled.prints("report", "teacher-1", "--org", key, *DAYS)
    assert "Amélie Dupont · TEACHER" in shown
    assert "running" in shown


def test_times_are_shown_in_the_time_zone_of_the_organization(filled: Cli, key: str) -> None:
    filled.prints("org", "set-timezone", key, "Asia/Kolkata")
    shown = filled.prints("report", "student-123", "--org", key, *DAYS)
    assert "2024-01-15 14:30:00" in shown


def test_without_days_the_report_is_of_today(cli: Cli, key: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    file = tmp_path / "today.jsonl"
    joined = [now - timedelta(seconds=1), now - timedelta(days=2)]
    file.write_text("\n".join(Visit(moment.isoformat(), None).line() for moment in joined))
    cli.prints("import", str(file), "--org", key)
    assert "Total: 1 sessions" in cli.prints("report", "student-123", "--org", key)


def test_a_report_of_nobody_is_empty_and_no_error(cli: Cli, key: str) -> None:
    shown = cli.prints("report", "nobody", "--org", key)
    assert shown.splitlines()[-1] == "Total: 0 sessions, 0:00:00, 0 credits"


def test_more_rooms_than_a_page_holds_are_told_and_can_be_asked_for(
    cli: Cli, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text("\n".join(Visit(room=f"room-{number:02}").line() for number in range(12)))
    cli.prints("import", str(file), "--org", key)
    first = cli.prints("report", "student-123", "--org", key, *DAYS)
    assert first.splitlines()[-1] == "More on --page 2."
    second = cli.prints("report", "student-123", "--org", key, *DAYS, "--page", "2")
    assert "room-09" in first
    assert "room-10" in second
    assert "More" not in second


def test_names_and_titles_cannot_paint_on_the_terminal(cli: Cli, key: str, tmp_path: Path) -> None:
    file = tmp_path / "painted.jsonl"
    file.write_text(Visit(name="[bold red]Jane[/]", title="\x1b[2Jgone").line())
    cli.prints("import", str(file), "--org", key)
    shown = cli.prints("report", "student-123", "--org", key, *DAYS)
    assert "[bold red]Jane[/]" in shown
    assert "\x1b" not in shown


def test_json_is_what_the_api_answers(filled: Cli, key: str) -> None:
    answer = json.loads(filled.prints("report", "student-123", "--org", key, *DAYS, "--json"))
    assert answer["success"] is True
    assert [group["roomId"] for group in answer["data"]["roomGroups"]] == [
        "physics-101",
        "math-101",
    ]


def test_csv_is_the_whole_report_with_the_ends_of_line_that_csv_has(filled: Cli, key: str) -> None:
    shown = filled("report", "student-123", "--org", key, *DAYS, "--csv").stdout_bytes
    assert shown.startswith(b"Participant Session Report\r\n")
    assert shown.count(b"\r\n") == shown.count(b"\n") == 18


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--from", "yesterday"], "--from must be a date"),
        (["--to", "2024-01-20"], "--from is required when --to is provided"),
        (["--from", "2024-01-20", "--to", "2024-01-15"], "--to must not be before --from"),
        (["--room", " "], "--room must not be blank"),
    ],
)
def test_a_wrong_question_is_answered_with_the_option_that_is_wrong(
    cli: Cli, key: str, arguments: list[str], named: str
) -> None:
    assert named in cli.fails("report", "student-123", "--org", key, *arguments)
    assert named in cli.fails("report", "student-123", "--org", key, *arguments, "--csv")


def test_a_blank_uid_is_refused(cli: Cli, key: str) -> None:
    assert "UID must not be blank" in cli.fails("report", " ", "--org", key)


def test_a_reader_that_has_enough_is_no_trouble(sqlite_cli: Cli, tmp_path: Path) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    file = tmp_path / "many.jsonl"
    file.write_text("\n".join(Visit(room=f"room-{number}").line() for number in range(3_000)))
    sqlite_cli.prints("import", str(file), "--org", key)
    process = sqlite_cli.start("report", "student-123", "--org", key, *DAYS, "--csv")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "Participant Session Report\n"
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(30)
    assert said == ""
    assert process.returncode == 1
