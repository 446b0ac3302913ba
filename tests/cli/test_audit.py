"""`rollbook audit`: who did what, as JSON lines."""

import json
import socket
from typing import Any

import pytest
from cli.commands import Cli
from support.settings import SECRET_KEY


def lines(cli: Cli, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in cli.prints("audit", *options).splitlines()]


@pytest.fixture
def org_id(cli: Cli) -> str:
    made: str = cli.json("org", "create", "School")["id"]
    return made


def test_what_commands_change_is_shown_with_who_ran_them(cli: Cli, org_id: str) -> None:
    cli.prints("org", "set-timezone", org_id, "Asia/Tokyo")
    cli.prints("org", "set-limits", org_id, "--requests-per-second", "5")
    told = lines(cli)
    assert [line["action"] for line in told][2:] == ["setting-changed", "limits-changed"]
    assert {line["action"] for line in told[:2]} == {"organization-added", "key-added"}
    for line in told:
        assert line.keys() == {"at", "organization", "action", "who", "from", "what", "requestId"}
        assert line["organization"] == org_id
        assert line["who"].startswith("command of ")
        assert line["from"] == socket.gethostname()
    assert "Tokyo" not in json.dumps(told)


def test_one_organization_and_the_service_are_shown_apart(cli: Cli, org_id: str) -> None:
    other = cli.json("org", "create", "Another")["id"]
    both = {"ROLLBOOK_SECRET_KEY": f"{'n' * 40},{SECRET_KEY}"}
    assert cli("secrets", "rotate", settings=both).exit_code == 0
    everything = lines(cli)
    assert everything[0]["action"] == "secret-key-changed"
    assert everything[0]["organization"] is None
    assert {line["organization"] for line in everything} == {None, org_id, other}
    assert {line["organization"] for line in lines(cli, "--org", other)} == {other}


def test_it_begins_where_that_is_said(cli: Cli, org_id: str) -> None:
    told = lines(cli, "--org", org_id)
    assert lines(cli, "--org", org_id, "--since", told[0]["at"]) == told
    assert lines(cli, "--org", org_id, "--since", told[0]["at"][:10]) == told
    assert lines(cli, "--org", org_id, "--since", "2999-01-01") == []
    for wrong in ("yesterday", "2024-13-01", "2024-01-01T08:00"):
        assert "--since" in cli.fails("audit", "--since", wrong)


def test_more_than_one_part_of_them_is_shown_each_once(cli: Cli, org_id: str) -> None:
    for number in range(7):
        cli.prints("org", "rename", org_id, f"School {number}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rollbook.cli.audit._AT_A_TIME", 2)
        few = lines(cli, "--org", org_id)
    assert few == lines(cli, "--org", org_id)
    assert len(few) == 9
