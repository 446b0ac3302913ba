"""`rollbook user`: inviting, and taking back; and keys with scopes."""

import pytest
from cli.commands import Cli

EMAIL = "ada@school.example"


@pytest.fixture
def org_id(cli: Cli) -> str:
    made: str = cli.json("org", "create", "School", "--timezone", "Asia/Tokyo")["id"]
    return made


def test_a_user_is_invited_changed_and_deleted(cli: Cli, org_id: str) -> None:
    of = ("--org", org_id)
    address = {"ROLLBOOK_PUBLIC_URL": "https://rollbook.example"}
    done = cli("user", "add", *of, "--email", EMAIL, "--role", "owner", settings=address)
    assert f"https://rollbook.example/invitation?token={org_id}_" in done.stdout
    assert "is a user already" in cli.fails(
        "user", "add", *of, "--email", EMAIL, "--role", "viewer"
    )
    assert "email must be" in cli.fails("user", "add", *of, "--email", "ada", "--role", "viewer")
    first = cli.json("user", "invite", *of, EMAIL)
    assert first["link"] != cli.json("user", "invite", *of, first["id"])["link"]
    cli.prints("user", "role", *of, EMAIL.upper(), "office")
    cli.prints("user", "disable", *of, EMAIL)
    (known,) = cli.json("user", "list", *of)
    assert (known["name"], known["role"], known["hasPassword"]) == ("ada", "office", False)
    assert known["disabledAt"].endswith("Z")
    cli.prints("user", "disable", *of, EMAIL, "--undo")
    assert cli.json("user", "list", *of)[0]["disabledAt"] is None
    cli.prints("user", "delete", *of, EMAIL)
    assert len(cli.json("user", "list", *of)) == 1
    cli.prints("user", "delete", *of, EMAIL, "--yes")
    assert cli.json("user", "list", *of) == []
    assert "no user has this id" in cli.fails("user", "role", *of, EMAIL, "owner")


def test_a_teacher_needs_an_id_of_the_ledger(cli: Cli, org_id: str) -> None:
    of = ("--org", org_id)
    add = ("user", "add", *of, "--email", EMAIL, "--role", "teacher")
    assert "participant must be told for a teacher" in cli.fails(*add)
    cli.prints(*add, "--participant", "t-17", "--participant", "t-18")
    assert cli.json("user", "list", *of)[0]["participants"] == ["t-17", "t-18"]
    assert "participant must be told" in cli.fails("user", "role", *of, EMAIL, "teacher")
    cli.prints("user", "role", *of, EMAIL, "teacher", "--participant", "t-9")
    assert cli.json("user", "list", *of)[0]["participants"] == ["t-9"]
    cli.prints("user", "role", *of, EMAIL, "office")
    assert cli.json("user", "list", *of)[0]["participants"] == []


def test_a_key_may_what_was_said_until_the_end_of_a_day_there(cli: Cli, org_id: str) -> None:
    options = ("--scope", "read", "--scope", "ingest", "--expires", "2099-07-31")
    cli.json("org", "key", "add", org_id, "--label", "portal", *options)
    first, portal = sorted(cli.json("org", "key", "list", org_id), key=lambda one: one["label"])
    assert (first["scopes"], first["expiresAt"]) == ("admin ingest read", None)
    assert (portal["scopes"], portal["expiresAt"]) == ("ingest read", "2099-07-31T15:00:00.000Z")
    assert (portal["usedAt"], portal["revokedAt"]) == (None, None)
    for day, why in (("2020-01-01", "in the future"), ("soon", "--expires")):
        assert why in cli.fails("org", "key", "add", org_id, "--expires", day)
