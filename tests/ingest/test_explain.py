"""`GET /v1/sessions/{id}/events`: the events behind a session, whichever way it ended."""

import asyncio
from typing import Any

import pytest
from ingest.account import Account
from ingest.book import delivery
from ingest.streams import NOON, Told
from support.settings import settings_of

from rollbook.domain.events import (
    Ended,
    EndEvidence,
    Joined,
    Left,
    Participant,
    Role,
    Room,
    RoomFinished,
    RoomStarted,
)
from rollbook.domain.presences import session_id_for
from rollbook.domain.sessions import Rules
from rollbook.service.ingest.record import Arrival, record
from rollbook.stores import opened_stores

ROOM = Room("math-101", "Calculus I", "RM_1")
OTHER_RUN = Room("math-101", "Calculus I", "RM_2")
ANN = Participant("ann", "Ann", Role.TEACHER)


def minute(number: float) -> int:
    return NOON + int(number * 60_000)


def joined(event_id: str, stay: str, at: float, room: Room = ROOM) -> Told:
    return Told(event_id, (Joined(stay, room, ANN, minute(at), "203.0.113.9"),))


def left(event_id: str, stay: str, at: float, connected: float | None = None) -> Told:
    told = None if connected is None else minute(connected)
    return Told(event_id, (Left(stay, ROOM, ANN, minute(at), told),))


def finished(event_id: str, at: float, room: Room = ROOM) -> Told:
    return Told(event_id, (RoomFinished(room, minute(at)),))


def events_of(explained: dict[str, Any]) -> list[str]:
    return [event["eventId"] for event in explained["events"]]


def test_a_session_that_was_left_is_explained_by_its_join_and_its_leave(account: Account) -> None:
    noise = Told("EV_0", (RoomStarted(ROOM, minute(0)),)), joined("EV_4", "PA_2", 60, OTHER_RUN)
    account.delivered(left("EV_2", "PA_1", 45), joined("EV_1", "PA_1", 0), *noise)
    explained = account.explained("PA_1")
    session = explained["session"]
    assert {name: session[name] for name in ("uid", "roomId", "roomInstanceId")} == {
        "uid": "ann", "roomId": "math-101", "roomInstanceId": "RM_1",
    }  # fmt: skip
    assert session["platformSessionId"] == "PA_1"
    assert session["sourceId"] == account.source_id
    assert (session["joinedAt"], session["joinedBy"]) == ("2024-01-15T12:00:00.000Z", "seen")
    assert (session["leftAt"], session["leftBy"]) == ("2024-01-15T12:45:00.000Z", "leave")
    assert session["ipAddress"] == "203.0.113.9"
    assert events_of(explained) == ["EV_1", "EV_2"]
    first, second = explained["events"]
    assert (first["type"], second["type"]) == ("participant_joined", "participant_left")
    assert first["sourceId"] == account.source_id
    assert first["occurredAt"] == "2024-01-15T12:00:00.000Z"
    assert first["receivedAt"] > "2026"
    assert first["payload"]["participant"]["identity"] == "ann"


def test_a_session_known_from_its_leave_alone_is_explained_by_that(account: Account) -> None:
    account.delivered(left("EV_1", "PA_1", 45, connected=2))
    explained = account.explained("PA_1")
    assert explained["session"]["joinedBy"] == "told"
    assert events_of(explained) == ["EV_1"]


def test_a_running_session_is_explained_by_its_join(account: Account) -> None:
    account.delivered(joined("EV_1", "PA_1", 0))
    explained = account.explained("PA_1")
    assert (explained["session"]["leftAt"], explained["session"]["leftBy"]) == (None, None)
    assert events_of(explained) == ["EV_1"]


def test_a_session_that_its_room_ended_is_explained_by_the_end_of_the_room(
    account: Account,
) -> None:
    account.delivered(
        joined("EV_1", "PA_1", 0), finished("EV_2", 50), finished("EV_3", 9, OTHER_RUN)
    )
    explained = account.explained("PA_1")
    assert explained["session"]["leftBy"] == "room_finished"
    assert explained["session"]["leftAt"] == "2024-01-15T12:50:00.000Z"
    assert events_of(explained) == ["EV_1", "EV_2"]


def test_a_session_that_the_next_one_ended_is_explained_by_the_next_join(account: Account) -> None:
    account.delivered(
        joined("EV_1", "PA_1", 0), joined("EV_2", "PA_2", 20), joined("EV_3", "PA_3", 30)
    )
    explained = account.explained("PA_1")
    assert explained["session"]["leftBy"] == "superseded"
    assert events_of(explained) == ["EV_1", "EV_2"]


def test_a_later_leave_takes_the_place_of_what_had_ended_the_session(account: Account) -> None:
    account.delivered(joined("EV_1", "PA_1", 0), joined("EV_2", "PA_2", 20), finished("EV_3", 50))
    account.delivered(left("EV_4", "PA_1", 19))
    explained = account.explained("PA_1")
    assert explained["session"]["leftBy"] == "leave"
    assert events_of(explained) == ["EV_1", "EV_4"]


@pytest.mark.parametrize("evidence", [EndEvidence.RECONCILED, EndEvidence.TIMED_OUT])
def test_a_session_that_upkeep_ended_is_explained_by_what_upkeep_found(
    account: Account, evidence: EndEvidence
) -> None:
    account.delivered(joined("EV_1", "PA_1", 0))
    found = Told("upkeep", (Ended("PA_1", ROOM, minute(30), evidence),))
    asyncio.run(_found_by_upkeep(account, found))
    explained = account.explained("PA_1")
    assert explained["session"]["leftBy"] == evidence.name.lower()
    assert explained["session"]["leftAt"] == "2024-01-15T12:30:00.000Z"
    assert events_of(explained) == ["EV_1", "upkeep"]


async def _found_by_upkeep(account: Account, found: Told) -> None:
    settings = settings_of(account.tenant.database_url)
    async with opened_stores(settings) as stores:
        source = await stores.organizations.source(account.org_id, account.source_id)
        assert source is not None
        await record(stores.ledger, [Arrival(source, [delivery(found)], NOON, Rules(once=True))])


def test_a_connection_that_was_aborted_is_explained_without_times(account: Account) -> None:
    account.delivered(Told("EV_1", (Left("PA_1", ROOM, None, minute(1)),)))
    explained = account.explained("PA_1")
    assert (explained["session"]["uid"], explained["session"]["joinedAt"]) == (None, None)
    assert events_of(explained) == ["EV_1"]
    assert account.visits("ann") == []


def test_an_event_of_our_own_form_is_shown_as_it_was_told(account: Account) -> None:
    told = {
        "id": "e1",
        "type": "participant.joined",
        "time": "2024-01-15T12:00:00Z",
        "roomId": "art",
        "sessionId": "stay",
        "participant": {"uid": "ann"},
        "note": ["kept", 1.5],
    }
    account.tell(told)
    explained = account.explained("stay", f"{account.org_id}events")
    assert explained["events"][0]["payload"] == told


def test_a_secret_inside_a_payload_is_shown_to_nobody(account: Account) -> None:
    told = {
        "id": "e1",
        "type": "participant.joined",
        "time": "2024-01-15T12:00:00Z",
        "roomId": "art",
        "sessionId": "stay",
        "participant": {"uid": "ann"},
        "token": "hunter2",
    }
    account.tell(told)
    assert "hunter2" not in repr(account.kept())
    explained = account.explained("stay", f"{account.org_id}events")
    assert explained["events"][0]["payload"]["token"] == "[redacted]"


@pytest.mark.parametrize("wrong", ["unknown", "PA_1", "0" * 32, "0" * 31 + "'", "..%2f", "A" * 32])
def test_an_id_that_names_no_session_is_not_found(account: Account, wrong: str) -> None:
    account.delivered(joined("EV_1", "PA_1", 0))
    with account.client() as client:
        answer = client.get(f"/v1/sessions/{wrong}/events")
    assert answer.status_code == 404


def test_the_session_of_another_tenant_is_not_found(
    account: Account, other_account: Account
) -> None:
    account.delivered(joined("EV_1", "PA_1", 0))
    session_id = session_id_for(account.source_id, "PA_1")
    with other_account.client() as client:
        answer = client.get(f"/v1/sessions/{session_id}/events")
    assert answer.status_code == 404
    assert answer.json()["error"] == "NOT_FOUND"


def test_without_a_key_nothing_is_explained(account: Account) -> None:
    account.delivered(joined("EV_1", "PA_1", 0))
    session_id = session_id_for(account.source_id, "PA_1")
    with account.client() as client:
        client.headers.pop("VF-ORG-ID")
        assert client.get(f"/v1/sessions/{session_id}/events").status_code == 401
