"""`rollbook participant`, `org delete` and `source delete`."""

import json
from pathlib import Path

import pytest
from cli.commands import Cli

from rollbook.service.upkeep import deleting

DAYS = ["--from", "2024-01-01", "--to", "2024-12-31", "--json"]


def sums(cli: Cli, key: str, uid: str) -> object:
    report = json.loads(cli.prints("report", uid, "--org", key, *DAYS))
    return report["data"]["summary"]


@pytest.fixture(autouse=True)
def _closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No service runs beside these commands that would have to forget a key."""
    monkeypatch.setattr(deleting, "CLOSING_SECONDS", 0.0)


def test_all_that_is_held_about_a_person_is_one_document(
    cli: Cli, key: str, school_file: Path
) -> None:
    cli.json("import", str(school_file), "--org", key)
    held = json.loads(cli.prints("participant", "export", "student-123", "--org", key))
    assert held["uid"] == "student-123"
    assert [one["importedName"] for one in held["person"]] == ["Jane Doe"]
    assert {one["roomId"] for one in held["sessions"]} == {"math-101", "physics-101"}
    assert all(one["events"] for one in held["sessions"])
    assert held["sessions"][0]["joinedAt"].endswith("Z")
    assert [one["fileName"] for one in held["imports"]] == ["sessions.jsonl"]
    assert (held["contexts"], held["rosters"], held["mentions"]) == ([], [], [])
    assert "teacher-1" not in json.dumps(held)
    assert "nothing is held" in cli.fails("participant", "export", "nobody", "--org", key)


def test_a_person_is_erased_with_yes_and_their_file_does_not_bring_them_back(
    cli: Cli, key: str, school_file: Path
) -> None:
    cli.json("import", str(school_file), "--org", key)
    before = sums(cli, key, "student-123")
    refused = cli("participant", "erase", "student-123", "--org", key)
    assert refused.exit_code == 0
    assert "2 session(s) in 2 room(s)" in refused.stdout
    assert "Nothing was erased" in refused.stderr
    assert sums(cli, key, "student-123") == before
    done = cli.json("participant", "erase", "student-123", "--org", key, "--yes")
    assert done["sessions"] == 2
    assert sums(cli, key, done["pseudonym"]) == before
    assert "Amélie Dupont" in cli.prints("report", "teacher-1", "--org", key, *DAYS)
    again = cli.json("import", str(school_file), "--org", key)
    assert (again["added"], again["changed"]) == (0, 0)
    assert "nothing is held" in cli.fails("participant", "erase", "student-123", "--org", key)
    assert "as the events tell" in cli.prints("ledger", "verify", "--org", key)


def test_a_file_of_sqlite_holds_no_byte_of_who_was_erased(
    sqlite_cli: Cli, school_file: Path, tmp_path: Path
) -> None:
    key = sqlite_cli.json("org", "create", "Riverside School")["orgId"]
    sqlite_cli.json("import", str(school_file), "--org", key)
    sqlite_cli.json("participant", "erase", "student-123", "--org", key, "--yes")
    backup = tmp_path / "backup.db"
    sqlite_cli.prints("db", "backup", str(backup))
    found = {
        (file.name, word)
        for file in tmp_path.glob("*.db*")
        for word in (b"student-123", b"Jane", b"192.168.1.100")
        if word in file.read_bytes()
    }
    assert found == set()
    assert b"teacher-1" in backup.read_bytes()


def test_what_is_kept_of_addresses_is_set(cli: Cli, key: str, school_file: Path) -> None:
    assert "network" in cli.prints("org", "set-addresses", key, "network")
    cli.json("import", str(school_file), "--org", key)
    assert '"192.168.1.0"' in cli.prints("report", "student-123", "--org", key, *DAYS)
    kept = cli.prints("org", "set-retention", key, "--agents", "30", "--people", "1825")
    assert "user agents for 30 days" in kept
    assert "who was not seen for 1825 days" in kept


def test_a_source_is_deleted_with_its_sessions_and_people(
    cli: Cli, key: str, school_file: Path
) -> None:
    cli.json("import", str(school_file), "--org", key)
    (source,) = cli.json("source", "list", "--org", key)
    refused = cli("source", "delete", source["sourceId"], "--org", key)
    assert "3 session(s)" in refused.stdout
    assert "Nothing was deleted" in refused.stderr
    cli.prints("source", "delete", source["sourceId"], "--org", key, "--yes")
    assert cli.json("source", "list", "--org", key) == []
    assert "nothing is held" in cli.fails("participant", "export", "student-123", "--org", key)
    assert cli.json("imports", "list", "--org", key) == []
    assert cli.json("import", str(school_file), "--org", key)["added"] == 3


def test_an_organization_is_deleted_and_others_stay(cli: Cli, key: str, school_file: Path) -> None:
    other = cli.json("org", "create", "Lakeside")["orgId"]
    for one in (key, other):
        cli.json("import", str(school_file), "--org", one)
    before = sums(cli, other, "student-123")
    assert "Nothing was deleted" in cli("org", "delete", key).stderr
    (listed,) = [one for one in cli.json("org", "list") if one["name"] == "Riverside School"]
    cli.prints("org", "delete", listed["id"], "--yes")
    assert [one["name"] for one in cli.json("org", "list")] == ["Lakeside"]
    assert sums(cli, other, "student-123") == before
    cli.fails("report", "student-123", "--org", key)
