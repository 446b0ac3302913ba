"""Settings from the environment: what is wrong with them is said before anything is done."""

from pathlib import Path

import pytest
from cli.commands import Cli

COMMANDS = (
    ["serve"],
    ["check"],
    ["db", "upgrade"],
    ["db", "status"],
    ["org", "list"],
    ["org", "create", "School"],
    ["report", "student-123", "--org", "aaaaaaaaaa"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ROLLBOOK_FOO", "1", "ROLLBOOK_FOO is not a setting of Rollbook"),
        ("ROLLBOOK_", "1", "ROLLBOOK_ is not a setting of Rollbook"),
        ("ROLLBOOK_LOG_LEVEL", "loud", "ROLLBOOK_LOG_LEVEL must be one of"),
        ("ROLLBOOK_LOG_FORMAT", "xml", "ROLLBOOK_LOG_FORMAT must be one of"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name_and_nothing_is_done(
    sqlite_cli: Cli, tmp_path: Path, command: list[str], name: str, value: str, said: str
) -> None:
    line = sqlite_cli.fails(*command, settings={name: value})
    assert line.startswith(f"rollbook: {said}")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_setting_is_its_default(sqlite_cli: Cli) -> None:
    assert sqlite_cli("org", "create", "A", settings={"ROLLBOOK_LOG_LEVEL": ""}).exit_code == 0


def test_help_needs_no_right_settings(sqlite_cli: Cli) -> None:
    assert sqlite_cli("--help", settings={"ROLLBOOK_FOO": "1"}).exit_code == 0
