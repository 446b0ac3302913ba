"""Classes told as they happen, event by event: in our own form, and as LiveKit posts them.

The same number of sessions is the same classes each time. Of LiveKit's payloads, everything but ids,
names and times is what the fixtures of its tests hold.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from bench import ROOT
from rollbook.domain.instants import to_text
from rollbook.service.platforms import Delivery, TranslationSettings, WebhookRequest
from rollbook.sources.livekit.webhooks import LiveKit
from rollbook.web.api.event_shapes import ReadEvent, from_json

_SIZE, _ROOMS, _PEOPLE = 20, 50, 1_000
_FIRST, _EVERY, _LASTS, _SPREAD = 1_767_600_000_000, 60_000, 3_000_000, 300_000
"""When the first class is, how often there is one, and how long it lasts (ms)."""

_NAMES = ("Jane Doe", "Jürgen Groß", "O'Brien, Siobhán", "王小明", "Amélie Dupont")
_FIXTURES = ROOT / "tests" / "fixtures" / "webhooks" / "livekit"


@dataclass(frozen=True, slots=True)
class Stay:
    """One person in one class; instants in ms UTC. `ids`: its own, and those of its two events."""

    ids: Sequence[UUID]
    person: int
    room: int
    run: int
    joined_at: int
    left_at: int


def stays(sessions: int) -> list[Stay]:
    """So many sessions, class after class."""
    chance = random.Random(4)
    found: list[Stay] = []
    for run in range(-(-sessions // _SIZE)):
        begins = _FIRST + run * _EVERY
        for person in chance.sample(range(_PEOPLE), _SIZE):
            joined_at = begins + chance.randrange(_SPREAD)
            left_at = begins + _LASTS + chance.randrange(_SPREAD)
            ids = [UUID(int=chance.getrandbits(128), version=4) for _ in range(3)]
            found.append(Stay(ids, person, run % _ROOMS, run, joined_at, left_at))
    return found[:sessions]


def own_events(sessions: Sequence[Stay]) -> Iterator[tuple[int, Delivery]]:
    """When what was told (ms UTC), of joins and leaves in our own form."""
    for at, stay, left in _moments(sessions):
        said = {
            "id": str(stay.ids[1 + left]),
            "type": "participant.left" if left else "participant.joined",
            "time": to_text(at),
            "roomId": f"room-{stay.room}",
            "roomTitle": f"Room {stay.room}: Classes, and More",
            "sessionId": str(stay.ids[0]),
            "participant": {
                "uid": f"student-{stay.person}",
                "name": _NAMES[stay.person % len(_NAMES)],
                "role": "STUDENT",
            },
            "ipAddress": f"10.1.{stay.person // 250}.{stay.person % 250}",
        }
        (event,) = from_json(json.dumps([said]).encode(), "application/json")
        if not isinstance(event, ReadEvent):
            raise TypeError(event.message)
        yield at, event.delivery


def livekit_events(sessions: Sequence[Stay]) -> Iterator[tuple[int, Delivery]]:
    """The same of LiveKit's, as it posts them."""
    platform, settings = LiveKit(), TranslationSettings()
    joined, left_it = (_fixture(name) for name in ("participant_joined", "participant_left"))
    for at, stay, left in _moments(sessions):
        said = _livekit(left_it if left else joined, at, stay, _sid("EV_", stay.ids[1 + left]))
        request = WebhookRequest({}, msgspec.json.encode(said))
        for delivery in platform.translate(request, settings, at):
            yield at, delivery


def _moments(sessions: Sequence[Stay]) -> list[tuple[int, Stay, bool]]:
    moments = [(stay.joined_at, stay, False) for stay in sessions]
    moments += [(stay.left_at, stay, True) for stay in sessions]
    return sorted(moments, key=lambda one: (one[0], one[1].ids))


def _fixture(name: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((_FIXTURES / f"{name}.json").read_bytes())
    return said


def _livekit(told: Mapping[str, Any], at: int, stay: Stay, event_id: str) -> dict[str, Any]:
    begun = _FIRST + stay.run * _EVERY
    room = {
        "sid": _sid("RM_", UUID(int=stay.run * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)),
        "name": f"room-{stay.room}",
        "creationTime": str(begun // 1000),
        "creationTimeMs": str(begun),
        "metadata": json.dumps({"title": f"Room {stay.room}: Classes, and More"}),
    }
    person = {
        "sid": _sid("PA_", stay.ids[0]),
        "identity": f"student-{stay.person}",
        "joinedAt": str(stay.joined_at // 1000),
        "joinedAtMs": str(stay.joined_at),
        "name": _NAMES[stay.person % len(_NAMES)],
        "attributes": {
            "role": "STUDENT",
            "ipAddress": f"10.1.{stay.person // 250}.{stay.person % 250}",
        },
    }
    return {
        **told,
        "room": {**told["room"], **room},
        "participant": {**told["participant"], **person},
        "id": event_id,
        "createdAt": str(at // 1000),
    }


def _sid(kind: str, one: UUID) -> str:
    """An id as LiveKit makes them: twelve letters and digits."""
    letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, said = one.int, kind
    for _ in range(12):
        number, digit = divmod(number, len(letters))
        said += letters[digit]
    return said
