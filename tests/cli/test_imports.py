"""`rollbook imports` and `rollbook import --dry-run`: seen, tried, and taken back."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli.commands import Cli, environment
from support.visits import Visit

from rollbook.service.ingest.importing import BATCH

HALTING = Path(__file__).with_name("halting_import.py")
DAYS = ["--from", "2024-01-01", "--to", "2024-12-31", "--json"]


def report(cli: Cli, key: str, uid: str = "student-123") -> str:
    return cli.prints("report", uid, "--org", key, *DAYS)


def test_an_import_is_listed_and_taken_back_and_the_report_is_as_it_was(
    cli: Cli, key: str, school_file: Path, tmp_path: Path
) -> None:
    kept = cli.json("import", str(school_file), "--org", key)["importId"]
    before = report(cli, key)
    wrong = tmp_path / "wrong.jsonl"
    visits = (Visit(name="Somebody Else", left="2024-01-15T11:00:00Z"), Visit(room="other"))
    wrong.write_text("\n".join(visit.line() for visit in visits))
    done = cli.json("import", str(wrong), "--org", key)
    assert report(cli, key) != before
    assert cli.prints("imports", "undo", done["importId"], "--org", key) == (
        f"Took back import {done['importId']}: 2 rows.\n"
    )
    assert report(cli, key) == before
    listed = cli.json("imports", "list", "--org", key)
    assert [(one["id"], one["file"], one["undoneAt"] is None) for one in listed] == [
        (done["importId"], "wrong.jsonl", False),
        (kept, "sessions.jsonl", True),
    ]
    assert (listed[0]["format"], listed[0]["added"], listed[0]["changed"]) == ("jsonl", 1, 1)


def test_what_was_taken_back_can_go_in_again(cli: Cli, key: str, school_file: Path) -> None:
    first = cli.json("import", str(school_file), "--org", key)["importId"]
    before = report(cli, key)
    assert cli.json("imports", "undo", first, "--org", key)["rows"] == 3
    assert "no such import" in cli.fails("imports", "undo", first, "--org", key)
    assert cli.json("import", str(school_file), "--org", key)["added"] == 3
    assert report(cli, key) == before


def test_later_files_that_told_some_of_it_again_are_named(
    cli: Cli, key: str, school_file: Path, tmp_path: Path
) -> None:
    first = cli.json("import", str(school_file), "--org", key)["importId"]
    longer = tmp_path / "longer.jsonl"
    longer.write_text(school_file.read_text() + Visit(room="one-more").line())
    second = cli.json("import", str(longer), "--org", key)["importId"]
    done = cli("imports", "undo", first, "--org", key)
    assert f"longer.jsonl ({second})" in done.stderr
    assert cli.json("import", str(longer), "--org", key)["added"] == 3


def test_another_organizations_import_is_none(cli: Cli, key: str, school_file: Path) -> None:
    done = cli.json("import", str(school_file), "--org", key)["importId"]
    other = cli.json("org", "create", "Hillside")["orgId"]
    assert cli.json("imports", "list", "--org", other) == []
    assert "no such import" in cli.fails("imports", "undo", done, "--org", other)
    assert cli.json("imports", "list", "--org", key)[0]["undoneAt"] is None


def test_a_killed_import_can_be_taken_back_as_far_as_it_went(
    cli: Cli, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "large.jsonl"
    lines = (Visit(id=f"stay-{n}", room=f"room-{n % 7}").line() for n in range(3 * BATCH))
    file.write_text("\n".join(lines))
    with subprocess.Popen(
        [sys.executable, str(HALTING), "import", str(file), "--org", key],
        env=environment(ROLLBOOK_DATABASE_URL=cli.database_url, PYTHONPATH="tests"),
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
    ) as halting:
        assert halting.stdout is not None
        assert halting.stdout.readline() == b"halted\n"
        halting.send_signal(signal.SIGKILL)
    (listed,) = cli.json("imports", "list", "--org", key)
    assert listed["added"] == 2 * BATCH
    assert cli.json("imports", "undo", listed["id"], "--org", key)["rows"] == 2 * BATCH
    assert '"totalSessions":0' in report(cli, key).replace(" ", "")


def test_a_dry_run_tells_what_would_go_in_and_changes_nothing(
    cli: Cli, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "mixed.jsonl"
    visits = (
        Visit(id="a"),
        Visit(id="b", uid="mei", joined="2024-01-14T09:00:00Z"),
        Visit(id="a"),
    )
    file.write_text("\n".join(visit.line() for visit in visits) + "\n{\n")
    done = cli("import", str(file), "--org", key, "--dry-run", "--json")
    assert done.exit_code == 3
    assert cli("import", str(file), "--org", key, "--dry-run").stdout == (
        "3 rows: 2 would be added, 0 changed, 1 unchanged; 1 rejected\n"
        "2 people in 1 rooms, joined from 2024-01-14T09:00:00.000Z to 2024-01-15T09:00:00.000Z\n"
        "Nothing was imported.\n"
    )
    assert [path.name for path in tmp_path.glob("*rejects*")] == []
    (organization,) = cli.json("org", "list")
    assert not organization["hasSource"]
    assert cli.json("imports", "list", "--org", key) == []


@pytest.mark.parametrize("again", [0, BATCH + 10])
def test_a_dry_run_counts_as_the_import_does(
    cli: Cli, key: str, tmp_path: Path, again: int
) -> None:
    before, file = tmp_path / "before.jsonl", tmp_path / "file.jsonl"
    before.write_text("\n".join(Visit(id=f"s{n}", left=None).line() for n in range(5)))
    cli.prints("import", str(before), "--org", key)
    visits = [Visit(id=f"s{n}", left=None) for n in range(3)]
    visits += [Visit(id=f"s{n}") for n in range(3, BATCH + 20)]
    visits += [Visit(id=f"s{n + again}") for n in range(3, 6)]
    file.write_text("\n".join(visit.line() for visit in visits))
    looked = cli.json("import", str(file), "--org", key, "--dry-run")
    done = cli.json("import", str(file), "--org", key)
    counts = ("rows", "added", "changed", "unchanged", "rejected")
    assert [looked[name] for name in counts] == [done[name] for name in counts]
    assert (looked["people"], looked["rooms"]) == (1, 1)
