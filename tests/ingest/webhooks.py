"""LiveKit as the tests play it: what a class tells, its webhooks, and the SDK's own signature."""

import hashlib
import json
import random
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from ingest.streams import NOON, Told
from livekit.api import AccessToken

from rollbook.domain.events import (
    Fact,
    Joined,
    Left,
    Participant,
    Role,
    Room,
    RoomFinished,
    RoomStarted,
)

KEY, SECRET = "APIofTheTests", "a-secret-of-at-least-thirty-two-bytes"

_SECOND = 1000


def body(event: Told) -> bytes:
    """An event as LiveKit would post it: whole seconds as text, nothing that is zero."""
    (fact,) = event.facts
    said: dict[str, Any] = {
        "event": _event_name(fact),
        "room": _room(fact.room),
        "id": event.event_id,
        "createdAt": str(fact.at // _SECOND),
    }
    if isinstance(fact, Joined | Left):
        said["participant"] = _participant(fact)
    return json.dumps(said, ensure_ascii=False).encode()


def signed(content: bytes, key: str = KEY, secret: str = SECRET) -> dict[str, str]:
    """The headers of a delivery, its token made by LiveKit's own SDK."""
    digest = b64encode(hashlib.sha256(content).digest()).decode()
    token = AccessToken(key, secret).with_sha256(digest).to_jwt()
    return {"Authorization": token, "Content-Type": "application/webhook+json"}


def _event_name(fact: Fact) -> str:
    if isinstance(fact, Left) and fact.participant is None:
        return "participant_connection_aborted"
    return {
        Joined: "participant_joined",
        Left: "participant_left",
        RoomStarted: "room_started",
        RoomFinished: "room_finished",
    }[type(fact)]


def _room(room: Room) -> dict[str, Any]:
    metadata = {} if room.title is None else {"metadata": json.dumps({"title": room.title})}
    named = {} if room.instance_id is None else {"sid": room.instance_id}
    return {**named, "name": room.room_id, **metadata}


def _participant(fact: Joined | Left) -> dict[str, Any]:
    said: dict[str, Any] = {"sid": fact.presence_id, "permission": {}}
    if isinstance(fact, Left) and fact.joined_at is not None:
        said["joinedAtMs"] = str(fact.joined_at)
    who = fact.participant
    if who is None:
        return {**said, "identity": "somebody"}
    attributes = {"role": who.role, "ipAddress": fact.ip_address}
    told = {name: str(value) for name, value in attributes.items() if value is not None}
    return {**said, "identity": who.uid, "name": who.name or "", "attributes": told}


def term(seed: int, stays: int) -> list[Told]:
    """What LiveKit tells of so many stays in a few rooms, with everything that can go wrong.

    A person rejoins before the leave of the stay before, or while it lasts; joins, leaves and
    ends of rooms are lost; a room runs again under its name; some connections are aborted.
    """
    chance = random.Random(seed)  # noqa: S311 - a stream, not a secret
    facts: list[Fact] = []
    for number in range(stays):
        facts += _stay(chance, f"PA_{seed}_{number}")
    for room in _rooms():
        facts.append(RoomStarted(room, NOON))
        if chance.random() < 0.6:
            facts.append(RoomFinished(room, NOON + chance.randrange(3600) * _SECOND))
    return [Told(f"EV_{seed}_{number}", (fact,)) for number, fact in enumerate(facts)]


def finished(events: Sequence[Told]) -> list[Told]:
    """Those that leave nobody in a room: what reports say of them is the same at any time."""
    ended = {fact.presence_id for event in events for fact in event.facts if isinstance(fact, Left)}
    return [
        event
        for event in events
        if all(not isinstance(fact, Joined) or fact.presence_id in ended for fact in event.facts)
    ]


def _rooms() -> list[Room]:
    names = ("math-101", "art", "Übung")
    return [Room(name, name.title(), f"RM_{name}_{run}") for name in names for run in (1, 2)]


def _stay(chance: random.Random, sid: str) -> list[Fact]:
    room = chance.choice(_rooms())
    uid = f"student-{chance.randrange(8)}"
    joined_at = NOON + chance.randrange(3600) * _SECOND
    left_at = joined_at + chance.randrange(1800) * _SECOND
    if chance.random() < 0.05:
        return [Left(sid, room, None, joined_at)]
    name, role = chance.choice(("Ann", "Änne")), chance.choice((None, *Role))
    address = chance.choice((None, "203.0.113.9", "2001:db8::7"))
    person = Participant(uid, name, role)
    told: list[Fact] = []
    if chance.random() < 0.9:
        told.append(Joined(sid, room, person, joined_at, address))
    if chance.random() < 0.8:
        told.append(Left(sid, room, person, left_at, joined_at - 400, address))
    return told


def shuffled(events: list[Told], seed: int, again: int) -> list[Told]:
    """The events in any order, and so many of them once more."""
    chance = random.Random(seed)  # noqa: S311 - as above
    order = [*events, *chance.choices(events, k=again)]
    chance.shuffle(order)
    return order
