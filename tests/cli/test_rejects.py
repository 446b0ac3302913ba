"""What `rollbook import` cannot read: where it is kept, and what it leaves untouched."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cli.commands import Cli
from support.visits import Visit

MIXED = "{\n" + Visit().line()
AMBIGUOUS = """\
Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
902 1102 1111,Biology,03/04/2024 03:42:15 PM,03/04/2024 06:07:30 PM,ada@school.example,146,1

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)
Mei,mei@school.example,03/04/2024 03:44:01 PM,03/04/2024 03:49:52 PM,6
"""


@pytest.fixture
def key(sqlite_cli: Cli) -> str:
    made: str = sqlite_cli.json("org", "create", "School")["orgId"]
    return made


@pytest.mark.parametrize("rows", [1, 2_000], ids=["at the end", "on the way"])
@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("no/such/folder/r.jsonl", "No such file or directory"),
        ("/proc/r.jsonl", "No such file or directory"),
        ("/dev/full", "No space left on device"),
    ],
)
def test_rejects_that_cannot_be_written_are_told_in_one_line_with_the_file_and_the_reason(
    sqlite_cli: Cli, key: str, tmp_path: Path, where: str, reason: str, rows: int
) -> None:
    (tmp_path / "bad.jsonl").write_text("{\n" * rows)
    done = sqlite_cli("import", "bad.jsonl", "--org", key, "--rejects", where)
    assert done.exit_code == 1
    *shown, last = done.stderr.splitlines()
    assert last == f"rollbook: {where}: {reason}"
    assert all(line.startswith("line ") for line in shown)


def test_a_folder_that_takes_no_rejects_is_told_in_one_line(sqlite_cli: Cli, key: str) -> None:
    done = sqlite_cli("import", "/proc/self/status", "--format", "jsonl", "--org", key)
    assert done.exit_code == 1
    said = "rollbook: /proc/self/status.rejects.jsonl: No such file or directory"
    assert done.stderr.splitlines()[-1] == said


def test_a_file_that_cannot_be_read_is_told_by_its_name(sqlite_cli: Cli, key: str) -> None:
    file = "/proc/self/mem"
    said = sqlite_cli.fails("import", file, "--format", "jsonl", "--org", key)
    assert said == f"rollbook: {file}: Input/output error"


LINKS: dict[str, Callable[[Path, Path], None]] = {
    "symbolic": lambda link, file: link.symlink_to(file),
    "hard": lambda link, file: link.hardlink_to(file),
}


@pytest.mark.parametrize("link", LINKS.values(), ids=list(LINKS))
@pytest.mark.parametrize("named", [True, False], ids=["named", "default"])
def test_rejects_never_take_the_place_of_the_file_itself(
    sqlite_cli: Cli, key: str, tmp_path: Path, link: Callable[[Path, Path], None], named: bool
) -> None:
    file, same = tmp_path / "same.jsonl", tmp_path / "same.jsonl.rejects.jsonl"
    file.write_text(MIXED)
    link(same, file)
    option = ["--rejects", str(same)] if named else []
    assert "--rejects" in sqlite_cli.fails("import", str(file), "--org", key, *option)
    assert file.read_text() == MIXED


@pytest.mark.parametrize("spelling", ["same.jsonl", "./same.jsonl", "../{}/same.jsonl"])
def test_rejects_are_not_written_into_the_file_by_another_spelling_of_its_name(
    sqlite_cli: Cli, key: str, tmp_path: Path, spelling: str
) -> None:
    (tmp_path / "same.jsonl").write_text(MIXED)
    spelled = spelling.format(tmp_path.name)
    said = sqlite_cli.fails("import", "same.jsonl", "--org", key, "--rejects", spelled)
    assert "--rejects" in said
    assert (tmp_path / "same.jsonl").read_text() == MIXED


def test_what_is_mended_leaves_no_rejects_of_before(
    sqlite_cli: Cli, key: str, tmp_path: Path
) -> None:
    file, kept = tmp_path / "mixed.jsonl", tmp_path / "mixed.jsonl.rejects.jsonl"
    file.write_text(MIXED)
    assert sqlite_cli("import", str(file), "--org", key).exit_code == 3
    assert kept.exists()
    file.write_text(Visit().line())
    sqlite_cli.prints("import", str(file), "--org", key)
    assert not kept.exists()


def test_rejects_of_before_stay_where_somebody_named_their_place(
    sqlite_cli: Cli, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "good.jsonl"
    file.write_text(Visit().line())
    default, named = tmp_path / "good.jsonl.rejects.jsonl", tmp_path / "named"
    default.write_text("mine")
    named.write_text("mine too")
    for kept in (default, named):
        sqlite_cli.prints("import", str(file), "--org", key, "--rejects", str(kept))
    assert (default.read_text(), named.read_text()) == ("mine", "mine too")


def test_a_folder_of_the_name_of_the_rejects_is_no_trouble_to_a_file_without_any(
    sqlite_cli: Cli, key: str, tmp_path: Path
) -> None:
    (tmp_path / "good.jsonl").write_text(Visit().line())
    (tmp_path / "good.jsonl.rejects.jsonl").mkdir()
    assert sqlite_cli.json("import", "good.jsonl", "--org", key)["added"] == 1


def test_rejects_of_before_that_cannot_be_removed_do_not_make_the_import_fail(
    sqlite_cli: Cli, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.jsonl").write_text(Visit().line())
    (tmp_path / "good.jsonl.rejects.jsonl").touch()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    done = sqlite_cli("import", "good.jsonl", "--org", key)
    assert done.exit_code == 0
    assert done.stdout.startswith("1 rows: 1 added")
    assert "good.jsonl.rejects.jsonl" in done.stderr
    assert "Permission denied" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("bad.jsonl", "{\n", 3), ("empty.jsonl", "", 0), ("zoom.csv", AMBIGUOUS, 1)],
)
def test_a_file_of_which_nothing_can_be_read_sets_no_organization_up(
    sqlite_cli: Cli, key: str, tmp_path: Path, name: str, content: str, code: int
) -> None:
    (tmp_path / name).write_text(content)
    assert sqlite_cli("import", name, "--org", key).exit_code == code
    (school,) = sqlite_cli.json("org", "list")
    assert school["hasSource"] is False


def test_one_row_that_can_be_read_sets_an_organization_up(
    sqlite_cli: Cli, key: str, tmp_path: Path
) -> None:
    (tmp_path / "mixed.jsonl").write_text(MIXED)
    assert sqlite_cli("import", "mixed.jsonl", "--org", key).exit_code == 3
    (school,) = sqlite_cli.json("org", "list")
    assert school["hasSource"] is True
