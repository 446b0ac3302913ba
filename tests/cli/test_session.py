"""`rollbook session correct`: what an operator says of a session."""

import asyncio

import pytest
from cli.commands import Cli
from support.visits import Visit

from rollbook.domain.ids import OrgId
from rollbook.domain.organizations import org_id_of_key
from rollbook.domain.presences import session_id_for
from rollbook.domain.sources import OwnKind, own_source_id

NOTE = ("--note", "the meeting was over at ten")
DAYS = ("--from", "2024-01-15", "--to", "2024-01-15")


@pytest.fixture
def session_id(cli: Cli, key: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a session that a file leaves open."""
    file = tmp_path_factory.mktemp("file") / "open.jsonl"
    file.write_text(Visit(left=None, id="open").line(), encoding="utf-8")
    cli.prints("import", str(file), "--org", key)
    org_id = org_id_of_key(key)
    assert org_id is not None
    return session_id_for(own_source_id(OrgId(org_id), OwnKind.IMPORT), "open")


def test_a_session_is_ended_voided_and_both_taken_back(cli: Cli, key: str, session_id: str) -> None:
    correct = ("session", "correct", session_id, "--org", key, *NOTE)
    who = f"Session {session_id} of student-123 in math-101"
    said = cli.prints(*correct, "--left", "2024-01-15T11:00:00+01:00")
    assert said == f"{who} ended 2024-01-15T10:00:00.000Z.\n"
    assert "Total: 1 sessions, 1:00:00, 60 credits" in cli.prints(
        "report", "student-123", "--org", key, *DAYS
    )
    assert cli.prints(*correct, "--void") == f"{who} never was.\n"
    assert "Total: 0 sessions" in cli.prints("report", "student-123", "--org", key, *DAYS)
    assert cli.prints(*correct, "--withdraw") == f"{who} is running.\n"
    assert "running" in cli.prints("report", "student-123", "--org", key, *DAYS)


def test_as_json_it_is_the_explanation_of_the_api(cli: Cli, key: str, session_id: str) -> None:
    told = cli.json("session", "correct", session_id, "--org", key, *NOTE, "--void")["data"]
    assert told["session"]["leftBy"] == "corrected"
    (said,) = (event["correction"] for event in told["events"] if event["correction"])
    assert said == {
        "note": NOTE[1],
        "by": "command line",
        "leftAt": None,
        "void": True,
        "withdrawn": False,
    }


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--left", "ten"), "--left must be an ISO 8601 instant"),
        (("--left", "2024-01-15T08:00:00Z"), "--left must not be before the session began"),
        ((), "one of --left, --void and --withdraw is required, and only one"),
        (("--void", "--withdraw"), "one of --left, --void and --withdraw is required"),
        (("--withdraw",), "Nothing was said of this session that could be taken back"),
    ],
)
def test_what_cannot_be_is_one_line_in_the_words_of_the_command(
    cli: Cli, key: str, session_id: str, asked: tuple[str, ...], said: str
) -> None:
    correct = ("session", "correct", session_id, "--org", key, *NOTE)
    assert said in cli.fails(*correct, *asked)


def test_a_note_is_required_and_must_say_something(cli: Cli, key: str, session_id: str) -> None:
    correct = ("session", "correct", session_id, "--org", key, "--void")
    assert cli(*correct).exit_code == 2
    assert "--note is required: it says why" in cli.fails(*correct, "--note", "  ")
    assert "--note must be at most 500" in cli.fails(*correct, "--note", "x" * 501)


def test_the_session_of_another_organization_is_not_found(
    cli: Cli, key: str, session_id: str
) -> None:
    other = cli.json("org", "create", "Hillside")["orgId"]
    said = cli.fails("session", "correct", session_id, "--org", other, *NOTE, "--void")
    assert "There is no such session" in said
    del key


def test_the_ledger_is_verified_with_what_was_corrected(
    cli: Cli, key: str, session_id: str
) -> None:
    cli.prints("session", "correct", session_id, "--org", key, *NOTE, "--void")
    shown = cli.prints("ledger", "verify", "--org", key)
    assert shown == "Checked 1 session(s) in 1 room(s): as the events tell.\n"


def test_a_correction_that_was_lost_is_shown_and_mended(
    cli: Cli, key: str, session_id: str
) -> None:
    cli.prints("session", "correct", session_id, "--org", key, *NOTE, "--void")
    asyncio.run(_changed(cli.database_url))
    found = cli("ledger", "verify", "--org", key, "--json")
    assert found.exit_code == 1
    assert '"correction": {"stored": null, "told": "never was"}' in found.stdout
    assert "correction None -> never was" in cli.prints("ledger", "rebuild", "--org", key)
    cli.prints("ledger", "verify", "--org", key)


async def _changed(database_url: str) -> None:
    from rollbook.store.engine.opening import database_for  # noqa: PLC0415 - beside its only use

    database = database_for(database_url)
    await database.open()
    async with database.writing() as connection:
        await connection.run_script("UPDATE session SET corrected_at = NULL;")
    await database.close()
