"""`rollbook org`: organizations and their keys."""

import json
import re

import pytest
from cli.commands import Cli

from rollbook.domain.organizations import org_id_of_key

KEY = r"rb_[a-z2-7]{10}_[a-z2-7]{32}"


def test_a_new_organization_is_shown_with_its_key_and_what_to_do_with_it(cli: Cli) -> None:
    made = cli("org", "create", "Riverside School", "--timezone", "Europe/Paris")
    assert made.exit_code == 0
    first, second = made.stdout.splitlines()
    assert re.fullmatch(
        r"Created organization [a-z2-7]{10} \(Riverside School, Europe/Paris\)\.", first
    )
    assert re.fullmatch(f"VF-ORG-ID: {KEY}", second)
    assert "cannot be shown again" in made.stderr


def test_a_new_organization_is_told_to_a_script_on_one_line_and_nothing_else(cli: Cli) -> None:
    made = cli("org", "create", "Riverside School", "--json")
    assert made.stderr == ""
    told = json.loads(made.stdout)
    assert re.fullmatch(KEY, told["orgId"])
    assert org_id_of_key(told["orgId"]) == told["id"]


def test_organizations_are_listed_with_what_matters_about_them(cli: Cli) -> None:
    assert cli.json("org", "list") == []
    assert cli.prints("org", "list") == "None.\n"
    first = cli.json("org", "create", "École Nº 1", "--timezone", "Europe/Paris")["id"]
    second = cli.json("org", "create", "学校")["id"]
    listed = cli.json("org", "list")
    assert [(org["id"], org["name"], org["timezone"], org["hasSource"]) for org in listed] == [
        (first, "École Nº 1", "Europe/Paris", False),
        (second, "学校", "UTC", False),
    ]
    table = cli.prints("org", "list")
    for word in (first, second, "École Nº 1", "学校", "Europe/Paris"):
        assert word in table


@pytest.mark.parametrize("name", ["[bold]School[/]", "School [/b]", "x" * 300])
def test_a_list_shows_every_name_whole_and_as_it_is(cli: Cli, name: str) -> None:
    cli.prints("org", "create", name)
    assert name in cli.prints("org", "list")


def test_no_list_lets_a_name_steer_the_terminal(cli: Cli) -> None:
    cli.prints("org", "create", "\x1b[2Jgone", "--json")
    shown = cli.prints("org", "list")
    assert "[2Jgone" in shown
    assert "\x1b" not in shown


def test_no_list_shows_a_key(cli: Cli, key: str) -> None:
    cli.prints("org", "key", "add", key, "--label", "portal")
    shown = "".join(
        cli.prints(*command)
        for form in ([], ["--json"])
        for command in (["org", "list", *form], ["org", "key", "list", key, *form])
    )
    assert "portal" in shown
    assert not re.search(KEY, shown)


def test_an_organization_is_renamed(cli: Cli, key: str) -> None:
    org_id = org_id_of_key(key)
    assert cli.prints("org", "rename", key, "Riverside College") == (
        f"Renamed organization {org_id} to Riverside College.\n"
    )
    assert [org["name"] for org in cli.json("org", "list")] == ["Riverside College"]


def test_another_time_zone_makes_other_days(cli: Cli, key: str) -> None:
    cli.prints("org", "set-timezone", key, "Pacific/Auckland")
    assert [org["timezone"] for org in cli.json("org", "list")] == ["Pacific/Auckland"]
    report = cli.prints("report", "student-123", "--org", key, "--from", "2024-01-15")
    assert "(Pacific/Auckland)" in report


def test_keys_are_added_listed_and_revoked_by_their_ids(cli: Cli, key: str) -> None:
    added = cli.json("org", "key", "add", key, "--label", "student portal")["orgId"]
    assert added != key
    first, second = cli.json("org", "key", "list", key)
    assert (first["label"], second["label"]) == ("first key", "student portal")
    assert first["revokedAt"] is second["revokedAt"] is None
    assert cli.prints("org", "key", "revoke", key, first["id"]) == f"Revoked key {first['id']}.\n"
    first, second = cli.json("org", "key", "list", added)
    assert first["revokedAt"] > first["createdAt"]
    assert second["revokedAt"] is None


def test_a_revoked_key_opens_nothing_at_the_command_line_either(cli: Cli, key: str) -> None:
    org_id = str(org_id_of_key(key))
    (first,) = cli.json("org", "key", "list", org_id)
    cli.prints("org", "key", "revoke", org_id, first["id"])
    assert key not in cli.fails("org", "rename", key, "Another name")
    assert first["id"] in cli.fails("org", "key", "revoke", org_id, first["id"])


def test_a_key_need_not_stand_in_a_list_of_processes(cli: Cli, key: str) -> None:
    assert cli.prints("org", "key", "list", "-", stdin=key + "\n")
    assert cli.prints("report", "student-123", "--org", "-", stdin=key + "\n")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["org", "create", " "], "name"),
        (["org", "create", "x" * 1001], "name"),
        (["org", "create", "School", "--timezone", "Mars/Olympus"], "timezone"),
        (["org", "create", "School", "--timezone", "../../etc/passwd"], "timezone"),
        (["org", "rename", "{key}", ""], "name"),
        (["org", "set-timezone", "{key}", "CET+1"], "timezone"),
        (["org", "key", "add", "{key}", "--label", "x" * 1001], "label"),
        (["org", "key", "revoke", "{key}", "000000000000"], "000000000000"),
        (["org", "rename", "aaaaaaaaaa", "School"], "no organization"),
        (["report", "student-123", "--org", "aaaaaaaaaa"], "no organization"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_that_names_it(
    cli: Cli, key: str, arguments: list[str], named: str
) -> None:
    before = cli.json("org", "list")
    line = cli.fails(*(argument.replace("{key}", key) for argument in arguments))
    assert named in line
    assert key not in line
    assert cli.json("org", "list") == before


def test_a_wrong_key_is_not_repeated_in_the_message(cli: Cli, key: str) -> None:
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert wrong not in cli.fails("org", "rename", wrong, "Another name")


def test_an_attendance_rule_is_set_in_part_said_and_taken_back(cli: Cli) -> None:
    org_id = cli.json("org", "create", "Riverside")["id"]
    assert "75 % of a class" in cli.prints("org", "set-attendance", org_id)
    told = cli.prints("org", "set-attendance", org_id, "--share", "60", "--late", "5")
    assert "60 % of a class is present; late is beyond 5 minutes, early beyond 10" in told
    assert "60 % of a class" in cli.prints("org", "set-attendance", org_id, "--gap", "15")
    assert "75 % of a class" in cli.prints("org", "set-attendance", org_id, "--usual")
    assert cli("org", "set-attendance", org_id, "--share", "101").exit_code == 2
    assert cli("org", "set-attendance", org_id, "--usual", "--share", "10").exit_code != 0
