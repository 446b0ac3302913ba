"""A real LiveKit server and people with its own SDK: the ledger says what happened.

LiveKit tells the time of joins and leaves in whole seconds, cut off.
"""

import asyncio
import json
import time

import aiohttp
import pytest
from ingest.livekit_server import Classroom, Person, eventually
from livekit.api import AccessToken

from rollbook.domain.events import EndEvidence, JoinEvidence
from rollbook.store.events import event_type_of

SILENCE_SECONDS = 40
"""LiveKit notices the loss of somebody after some 20 seconds."""

OUTAGE_SECONDS = 20
"""LiveKit tries to deliver for 15 seconds."""

LEASE_SECONDS = 40
"""Within these Rollbook looks at LiveKit, also if the one before it was killed."""

RECONCILED_SECONDS = 90
"""Two looks at least 60 seconds apart."""


def now() -> int:
    return int(time.time() * 1000)


def is_about(told: int | None, instant: int, seconds: float = 2) -> bool:
    """Whether a whole second that was cut off can be this instant, give or take a little."""
    return told is not None and instant - 1000 - seconds * 1000 <= told <= instant + 500


@pytest.fixture
def room(request: pytest.FixtureRequest) -> str:
    return f"room of {request.node.name}"


def ann(classroom: Classroom, room: str) -> AccessToken:
    return classroom.token(room, "ann").with_name("Ann")


def visits(classroom: Classroom, uid: str, room: str) -> list[dict[str, object]]:
    """What the contract tells of somebody in a room."""
    asked = {"uid": uid, "roomId": room}
    answer = classroom.account.post("/v1/participant/sessions", asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["data"]["sessions"]
    return found


def evidence_of(classroom: Classroom, person: Person) -> list[str]:
    return [event["type"] for event in classroom.account.explained(person.sid)["events"]]


def test_who_joins_and_leaves_was_there_for_as_long(classroom: Classroom, room: str) -> None:
    classroom.create_room(room, json.dumps({"title": "Calculus I"}))
    token = ann(classroom, room).with_attributes({"role": "teacher", "ipAddress": "203.0.113.9"})
    person = classroom.joins(token)
    joined_at = now()
    assert eventually(lambda: classroom.is_here(person))
    (running,) = visits(classroom, "ann", room)
    assert (running["leftAt"], running["isActive"]) == (None, True)
    time.sleep(2)
    person.leave()
    left_at = now()
    assert eventually(lambda: classroom.is_gone(person))
    session = classroom.session(person)
    assert session is not None
    assert is_about(session.joined_at, joined_at)
    assert is_about(session.left_at, left_at)
    assert (session.joined_by, session.left_by) == (JoinEvidence.SEEN, EndEvidence.LEAVE)
    (visit,) = visits(classroom, "ann", room)
    assert visit["ipAddress"] == "203.0.113.9"
    assert 1 <= int(str(visit["duration"])) <= 5
    answer = classroom.account.post("/v1/participant/sessions", {"uid": "ann", "roomId": room})
    assert answer.json()["data"]["participant"] == {"uid": "ann", "name": "Ann", "role": "TEACHER"}
    assert answer.json()["data"]["room"]["roomTitle"] == "Calculus I"
    assert evidence_of(classroom, person) == ["participant_joined", "participant_left"]


def test_role_and_address_can_stand_in_metadata_or_be_told_by_the_application(
    classroom: Classroom, room: str
) -> None:
    said = json.dumps({"role": "MODERATOR", "ipAddress": "2001:db8::7"})
    bob = classroom.joins(classroom.token(room, "bob").with_metadata(said))
    classroom.account.know(uid="cid", roomId=room, ipAddress="192.0.2.1", role="ADMIN")
    cid = classroom.joins(classroom.token(room, "cid"))
    assert eventually(lambda: classroom.is_here(bob) and classroom.is_here(cid))
    assert visits(classroom, "bob", room)[0]["ipAddress"] == "2001:db8::7"
    assert visits(classroom, "cid", room)[0]["ipAddress"] == "192.0.2.1"
    roles = [
        classroom.account.post("/v1/participant/sessions", {"uid": uid}).json()["data"][
            "participant"
        ]["role"]
        for uid in ("bob", "cid")
    ]
    assert roles == ["MODERATOR", "ADMIN"]


def test_who_comes_back_has_a_session_for_each_stay(classroom: Classroom, room: str) -> None:
    stays = []
    for _ in range(2):
        person = classroom.joins(ann(classroom, room))
        time.sleep(1)
        person.leave()
        stays.append(person)
    assert eventually(lambda: all(map(classroom.is_gone, stays)))
    assert stays[0].sid != stays[1].sid
    assert len(visits(classroom, "ann", room)) == 2
    first, second = map(classroom.session, stays)
    assert first is not None
    assert second is not None
    assert first.instance_id == second.instance_id
    assert first.left_by is second.left_by is EndEvidence.LEAVE
    assert (first.left_at or 0) <= (second.joined_at or 0)


def test_who_joins_again_elsewhere_was_sent_away_from_the_first_place(
    classroom: Classroom, room: str
) -> None:
    first = classroom.joins(ann(classroom, room))
    assert eventually(lambda: classroom.is_here(first))
    time.sleep(1)
    second = classroom.joins(ann(classroom, room))
    sent_away_at = now()
    assert first.next_line() == "disconnected DUPLICATE_IDENTITY"
    assert eventually(lambda: classroom.is_gone(first) and classroom.is_here(second))
    old, new = classroom.session(first), classroom.session(second)
    assert old is not None
    assert new is not None
    assert is_about(old.left_at, sent_away_at)
    assert (old.left_at or 0) <= (new.joined_at or 0)
    assert sorted(str(visit["isActive"]) for visit in visits(classroom, "ann", room)) == [
        "False",
        "True",
    ]


def test_who_is_lost_without_a_word_is_gone_when_livekit_notices(
    classroom: Classroom, room: str
) -> None:
    lost = classroom.joins(ann(classroom, room))
    stays = classroom.joins(classroom.token(room, "bob"))
    assert eventually(lambda: classroom.is_here(lost) and classroom.is_here(stays))
    killed_at = now()
    lost.kill()
    assert eventually(lambda: classroom.is_gone(lost), SILENCE_SECONDS)
    session = classroom.session(lost)
    assert session is not None
    assert session.left_by is EndEvidence.LEAVE
    assert killed_at - 1000 <= (session.left_at or 0) <= killed_at + SILENCE_SECONDS * 1000
    assert classroom.is_here(stays)


def test_who_is_lost_and_comes_back_at_once_is_there_once_at_a_time(
    classroom: Classroom, room: str
) -> None:
    lost = classroom.joins(ann(classroom, room))
    assert eventually(lambda: classroom.is_here(lost))
    lost_at = now()
    lost.kill()
    back = classroom.joins(ann(classroom, room))
    back_at = now()
    assert eventually(lambda: classroom.is_gone(lost) and classroom.is_here(back))
    session = classroom.session(lost)
    assert session is not None
    # On a busy machine it takes long to come back, and LiveKit notices on the way.
    assert lost_at - 1000 <= (session.left_at or 0) <= back_at + 500
    back.leave()
    assert eventually(lambda: classroom.is_gone(back))


def test_when_the_room_is_closed_everybody_in_it_is_gone(classroom: Classroom, room: str) -> None:
    people = [classroom.joins(classroom.token(room, uid)) for uid in ("ann", "bob", "cid")]
    assert eventually(lambda: all(map(classroom.is_here, people)))
    closed_at = now()
    classroom.close_room(room)
    assert eventually(lambda: all(map(classroom.is_gone, people)))
    for person in people:
        session = classroom.session(person)
        assert session is not None
        assert is_about(session.left_at, closed_at, seconds=3)
        assert session.left_by in {EndEvidence.LEAVE, EndEvidence.ROOM_FINISHED}
    assert ("room_finished", room) in events_kept(classroom)


def test_the_same_room_another_day_is_another_run_of_it(classroom: Classroom, room: str) -> None:
    stays = []
    for _ in range(2):
        person = classroom.joins(ann(classroom, room))
        assert eventually(lambda person=person: classroom.is_here(person))  # type: ignore[misc]
        classroom.close_room(room)
        stays.append(person)
    assert eventually(lambda: all(map(classroom.is_gone, stays)))
    first, second = map(classroom.session, stays)
    assert first is not None
    assert second is not None
    assert first.room_id == second.room_id == room
    assert first.instance_id != second.instance_id
    assert len(visits(classroom, "ann", room)) == 2


def test_who_is_hidden_and_what_is_no_person_makes_no_minutes(
    classroom: Classroom, room: str
) -> None:
    hidden = classroom.joins(classroom.token(room, "inspector", hidden=True))
    agent = classroom.joins(classroom.token(room, "assistant").with_kind("agent"))
    recorder = classroom.joins(classroom.token(room, "EG_recorder").with_kind("egress"))
    person = classroom.joins(ann(classroom, room))
    assert eventually(lambda: classroom.is_here(person))
    for nobody in (hidden, agent, recorder):
        nobody.leave()
    person.leave()
    assert eventually(lambda: classroom.is_gone(person))
    for nobody, uid in ((hidden, "inspector"), (agent, "assistant"), (recorder, "EG_recorder")):
        assert classroom.session(nobody) is None
        assert visits(classroom, uid, room) == []
    assert classroom.account.health()["ignored"] >= 6


async def _connect_without_media(classroom: Classroom, token: str) -> None:
    """Come as far as the signalling, as somebody whose media a firewall keeps out."""
    address = f"http://127.0.0.1:{classroom.livekit_port}/rtc?access_token={token}&protocol=16"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        await socket.receive()


def events_kept(classroom: Classroom) -> set[tuple[str, object]]:
    """Types of events, and the rooms that they are about."""
    rows = classroom.account.rows("event", "event_type, written, room_id")
    return {
        (event_type_of(str(kind), 1 if written else None), room) for kind, written, room in rows
    }


def test_a_connection_that_never_came_up_makes_no_session(classroom: Classroom, room: str) -> None:
    asyncio.run(_connect_without_media(classroom, ann(classroom, room).to_jwt()))

    def aborted() -> bool:
        return ("participant_connection_aborted", room) in events_kept(classroom)

    assert eventually(aborted, SILENCE_SECONDS)
    assert visits(classroom, "ann", room) == []


def test_a_short_outage_of_rollbook_loses_nothing(classroom: Classroom, room: str) -> None:
    person = classroom.joins(ann(classroom, room))
    assert eventually(lambda: classroom.is_here(person))
    classroom.kill_rollbook()
    person.leave()
    left_at = now()
    time.sleep(2)
    classroom.restart_rollbook()
    assert eventually(lambda: classroom.is_gone(person), OUTAGE_SECONDS)
    session = classroom.session(person)
    assert session is not None
    assert session.left_by is EndEvidence.LEAVE
    assert is_about(session.left_at, left_at)


def test_what_a_long_outage_lost_is_reconciled(classroom: Classroom, room: str) -> None:
    left = classroom.joins(ann(classroom, room))
    stays = classroom.joins(classroom.token(room, "bob"))
    assert eventually(lambda: classroom.is_here(left) and classroom.is_here(stays))
    # Events of another room do not wait until LiveKit has given those of this one up.
    new = f"new {room}"
    classroom.create_room(new, "")
    with classroom.looks_at_livekit():
        assert eventually(lambda: classroom.account.rows("look") != [], LEASE_SECONDS)
        classroom.kill_rollbook()
        left.leave()
        left_at = now()
        came = classroom.joins(classroom.token(new, "cid").with_attributes({"role": "admin"}))
        hidden = classroom.joins(classroom.token(new, "inspector", hidden=True))
        came_at = now()
        time.sleep(OUTAGE_SECONDS)
        classroom.restart_rollbook()
        assert eventually(lambda: classroom.is_here(came))
        assert classroom.is_here(left)  # to be missed once is not enough
        assert eventually(lambda: classroom.is_gone(left), RECONCILED_SECONDS)
    ended, found = classroom.session(left), classroom.session(came)
    assert ended is not None
    assert (ended.left_by, is_about(ended.left_at, left_at, 4)) == (
        EndEvidence.RECONCILED,
        True,
    )
    assert evidence_of(classroom, left) == ["participant_joined", "rollbook.reconciled"]
    assert found is not None
    assert (found.joined_by, is_about(found.joined_at, came_at, 3)) == (JoinEvidence.TOLD, True)
    assert evidence_of(classroom, came) == ["rollbook.found"]
    assert classroom.is_here(stays)
    assert classroom.session(hidden) is None
    came.leave()
    assert eventually(lambda: classroom.is_gone(came))
