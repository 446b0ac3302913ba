"""`rollbook import`: files into the ledger, once, whatever happens on the way."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from cli.commands import ROLLBOOK, Cli, environment
from cli.halting_import import COMMITTED
from support.visits import Visit

from rollbook.service.ingest.importing import BATCH

HALTING = Path(__file__).with_name("halting_import.py")
LARGE = 5 * BATCH
MIB = 1024 * 1024


def visits_of_guest(count: int) -> Iterator[str]:
    """Import lines of one visit a minute, by a thousand people in a hundred rooms."""
    for number in range(count):
        day, minute = divmod(number, 1440)
        month, day = divmod(day, 28)
        hour, minute = divmod(minute, 60)
        joined = f"2024-{month + 1:02}-{day + 1:02}T{hour:02}:{minute:02}"
        yield Visit(
            f"{joined}:00Z",
            f"{joined}:30Z",
            room=f"room-{number % 100}",
            uid=f"guest-{number % 1000}",
            name=f"Guest {number % 1000}",
        ).line()


@pytest.fixture
def large_file(tmp_path: Path) -> Path:
    file = tmp_path / "large.jsonl"
    file.write_text("\n".join(visits_of_guest(LARGE)) + "\n")
    return file


def totals(cli: Cli, key: str, uid: str = "student-123") -> dict[str, int]:
    days = ["--from", "2024-01-01", "--to", "2024-12-31"]
    summary = cli.json("report", uid, "--org", key, *days)["data"]["summary"]
    return {name: summary[name] for name in ("totalSessions", "totalDuration")}


def test_an_import_tells_what_became_of_the_rows(cli: Cli, key: str, school_file: Path) -> None:
    done = cli("import", str(school_file), "--org", key)
    assert done.exit_code == 0
    counts, undoing = done.stdout.splitlines()
    assert counts == "3 rows: 3 added, 0 changed, 0 unchanged; 0 rejected"
    (listed,) = cli.json("imports", "list", "--org", key)
    assert undoing == f"Import {listed['id']}: `rollbook imports undo` takes it back."
    assert done.stderr == ""
    assert totals(cli, key) == {"totalSessions": 2, "totalDuration": 3600 + 1830}


def test_an_import_tells_a_script_the_same_as_json(cli: Cli, key: str, school_file: Path) -> None:
    told = cli.json("import", str(school_file), "--org", key)
    (listed,) = cli.json("imports", "list", "--org", key)
    assert told == {
        "importId": listed["id"],
        "rows": 3,
        "added": 3,
        "changed": 0,
        "unchanged": 0,
        "rejected": 0,
        "rejects": None,
    }


def test_importing_a_file_again_changes_nothing(cli: Cli, key: str, school_file: Path) -> None:
    cli.prints("import", str(school_file), "--org", key)
    days = ["--from", "2024-01-01", "--to", "2024-12-31", "--json"]
    before = cli.prints("report", "student-123", "--org", key, *days)
    again = cli.json("import", str(school_file), "--org", key)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)
    assert again["importId"] is None
    assert cli.prints("report", "student-123", "--org", key, *days) == before


def test_a_later_file_that_tells_a_leave_ends_the_running_session(
    cli: Cli, key: str, tmp_path: Path
) -> None:
    running, ended = tmp_path / "running.jsonl", tmp_path / "ended.jsonl"
    running.write_text(Visit(left=None).line())
    ended.write_text(Visit().line())
    cli.prints("import", str(running), "--org", key)
    assert cli.json("import", str(ended), "--org", key)["changed"] == 1
    assert totals(cli, key) == {"totalSessions": 1, "totalDuration": 3600}


def test_rows_that_cannot_be_read_are_told_and_kept_and_the_rest_goes_in(
    cli: Cli, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "mixed.jsonl"
    bad = ["{", '{"uid": "x"}', Visit(left="2024-01-15T08:00:00Z").line()]
    file.write_text("\n".join([Visit().line(), *bad, Visit(room="other").line()]))
    done = cli("import", str(file), "--org", key)
    assert done.exit_code == 3
    assert done.stdout.startswith("2 rows: 2 added, 0 changed, 0 unchanged; 3 rejected\n")
    told = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in told[:3]] == ["line 2", "line 3", "line 4"]
    assert "roomId is required" in told[1]
    assert "leftAt must not be before joinedAt" in told[2]
    kept = tmp_path / "mixed.jsonl.rejects.jsonl"
    assert told[3].endswith(f"are in {kept}.")
    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [(row["line"], row["raw"].rstrip("\n")) for row in rows] == [
        (number, raw) for number, raw in enumerate(bad, 2)
    ]
    assert totals(cli, key)["totalSessions"] == 2


def test_rejected_rows_go_where_they_are_told_to(sqlite_cli: Cli, tmp_path: Path) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    file, kept = tmp_path / "bad.jsonl", tmp_path / "elsewhere"
    file.write_text("{\n" * 20)
    done = sqlite_cli("import", str(file), "--org", key, "--rejects", str(kept), "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["rejects"] == str(kept)
    assert len(kept.read_text().splitlines()) == 20
    # Ten are shown; who has a million of them does not want to see each.
    assert len([line for line in done.stderr.splitlines() if line.startswith("line ")]) == 10
    assert [path.name for path in tmp_path.glob("*rejects*")] == []


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("notes.txt", "Dear diary", "--format"),
        ("empty.csv", "", "--format"),
        ("photo.csv", "\x89PNG\r\n\x1a\n\x00\x00", "--format"),
    ],
)
def test_a_file_of_no_known_format_is_refused_with_the_formats_that_there_are(
    sqlite_cli: Cli, tmp_path: Path, name: str, content: str, named: str
) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    (tmp_path / name).write_text(content, encoding="latin-1")
    line = sqlite_cli.fails("import", name, "--org", key)
    assert named in line
    for form in ("csv", "jsonl", "teams", "zoom"):
        assert form in line


def test_a_terminal_shows_a_bar_and_how_many_rows(sqlite_cli: Cli, large_file: Path) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(
        [ROLLBOOK, "import", large_file, "--org", key],
        env=environment(ROLLBOOK_DATABASE_URL=sqlite_cli.database_url, TERM="xterm", COLUMNS="120"),
        stdout=subprocess.PIPE,
        stderr=other_end,
        text=True,
    )
    os.close(other_end)
    seen: list[bytes] = []
    watching = threading.Thread(target=lambda: seen.extend(everything_on(terminal)))
    watching.start()
    printed, _ = process.communicate(timeout=120)
    watching.join()
    os.close(terminal)
    assert process.returncode == 0
    assert printed.startswith(f"{LARGE} rows: {LARGE} added, 0 changed, 0 unchanged; 0 rejected\n")
    shown = b"".join(seen).decode()
    assert "large.jsonl" in shown
    assert "━" in shown
    assert f"{LARGE} rows" in shown
    assert "\x1b[" in shown


def everything_on(terminal: int) -> Iterator[bytes]:
    try:
        while chunk := os.read(terminal, 65536):
            yield chunk
    except OSError:
        return  # the other end is closed


def test_elsewhere_plain_lines_tell_how_far_it_is(
    sqlite_cli: Cli, large_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.cli.progress.ROWS_PER_LINE", LARGE // 5)
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    done = sqlite_cli("import", str(large_file), "--org", key)
    lines = done.stderr.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        f"large.jsonl: {LARGE * fifth // 5} rows" for fifth in (1, 2, 3, 4, 5)
    ]
    assert lines[-1].endswith(" 100 %")
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_an_import_that_was_stopped_half_way_can_be_run_again(
    cli: Cli, key: str, large_file: Path, how: signal.Signals, code: int
) -> None:
    process = cli.start("import", large_file, "--org", key, program=(sys.executable, HALTING))
    assert process.stdout is not None
    assert process.stdout.readline() == "halted\n"
    os.killpg(process.pid, how)
    _, said = process.communicate(timeout=180)
    assert process.returncode == code
    if how is signal.SIGINT:
        assert said.splitlines()[-1] == "rollbook: interrupted"
        assert "Traceback" not in said
    again = cli.json("import", str(large_file), "--org", key)
    assert again["added"] > 0
    assert again["unchanged"] > 0
    assert again["added"] + again["unchanged"] == LARGE
    assert again["unchanged"] == COMMITTED * BATCH
    assert totals(cli, key, "guest-1") == {
        "totalSessions": LARGE // 1000,
        "totalDuration": LARGE // 1000 * 30,
    }


def test_a_large_file_takes_no_more_memory_than_a_small_one(
    sqlite_cli: Cli, large_file: Path, tmp_path: Path
) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    small_file = tmp_path / "small.jsonl"
    # More than two batches, since one is committed while the next is read.
    small_file.write_text("\n".join(visits_of_guest(5 * BATCH // 2)))
    small = peak_of(sqlite_cli.start("import", small_file, "--org", key))
    large = peak_of(sqlite_cli.start("import", large_file, "--org", key))
    # The facts of so many more rows would take some 30 MB.
    assert large - small < 16 * MIB


def peak_of(process: subprocess.Popen[str]) -> int:
    """The most memory that a process held; it must end well."""
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.005)
    _, said = process.communicate()
    assert process.returncode == 0, said
    return peak


CASES = Path(__file__).parents[1] / "fixtures" / "import" / "cases"


@pytest.mark.parametrize("name", ["z.xlsx", "z_xlsx_named.csv", "z.csv.gz", "z.zip"])
def test_what_is_packed_is_imported_as_what_is_in_it(cli: Cli, tmp_path: Path, name: str) -> None:
    key = cli.json("org", "create", "School")["orgId"]
    rejects = ("--rejects", str(tmp_path / "rejects"))
    options = ("--org", key, "--date-order", "mdy", "--json", *rejects)
    done = cli("import", str(CASES / "z_ok.csv"), *options)
    plain = json.loads(done.stdout)
    again = json.loads(cli("import", str(CASES / name), *options).stdout)
    assert (plain["added"], plain["rejected"]) == (3, 1)
    # The same sessions, by the same ids.
    assert (again["added"], again["unchanged"], again["rejected"]) == (0, 3, 1)


def test_a_report_in_another_encoding_is_refused_whole_until_it_is_named(sqlite_cli: Cli) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    file = str(CASES / "t_de_ansi.csv")
    assert "--encoding" in sqlite_cli.fails("import", file, "--org", key)
    assert "like windows-1252" in sqlite_cli.fails("import", file, "--org", key, "--encoding", "x")
    done = sqlite_cli.json("import", file, "--org", key, "--encoding", "windows-1252")
    assert (done["added"], done["rejected"]) == (3, 0)


def test_no_report_tells_of_a_meeting_after_tomorrow(sqlite_cli: Cli, tmp_path: Path) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    file = tmp_path / "t_date_future.csv"
    file.write_bytes((CASES / file.name).read_bytes())
    done = sqlite_cli("import", str(file), "--org", key)
    assert done.exit_code == 3
    assert "line 9: join time must not be after tomorrow, and is in the year 2126" in done.stderr


def test_what_is_damaged_is_told_by_its_name(sqlite_cli: Cli, tmp_path: Path) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    file = tmp_path / "classes.csv.gz"
    file.write_bytes((CASES / "z.csv.gz").read_bytes()[:-9])
    line = sqlite_cli.fails("import", str(file), "--org", key)
    assert line.startswith("rollbook: classes.csv.gz is damaged and cannot be unpacked")
