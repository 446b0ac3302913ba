"""What happened in a room, in words that no platform owns.

Every instant in the domain is an integer: milliseconds since 1970-01-01T00:00:00Z.
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum

from rollbook.domain.values import value


class Role(StrEnum):
    """The four roles the contract knows."""

    TEACHER = "TEACHER"
    STUDENT = "STUDENT"
    MODERATOR = "MODERATOR"
    ADMIN = "ADMIN"

    __hash__ = str.__hash__  # an enum's own is not made in C, and every fact asks for it


class JoinEvidence(IntEnum):
    """How the time of joining is known; a larger value is better evidence."""

    NONE = 0
    """Not known: only a leave was seen, and it did not say."""
    TOLD = 1
    """Repeated by a leave, or found by asking the platform: the time of connecting."""
    SEEN = 2
    """The join itself was told as it happened."""


class EndEvidence(IntEnum):
    """How the time of leaving is known; a larger value is better evidence.

    `SUPERSEDED` is above `ROOM_FINISHED`: who began another presence in the room had ended the
    one before by then, however much later the room ended. `CORRECTED` is what a person with the
    right to it said.
    """

    TIMED_OUT = 1
    RECONCILED = 2
    ROOM_FINISHED = 3
    SUPERSEDED = 4
    LEAVE = 5
    CORRECTED = 6


@value
class Room:
    """A room as an event names it.

    `room_id` is the name that stays the same from class to class. `instance_id` is one run of
    the room (LiveKit's `room.sid`, Zoom's meeting UUID); None where a platform has no such thing.
    """

    room_id: str
    title: str | None = None
    instance_id: str | None = None


@value
class Participant:
    """A person as an event names them. None means that the event did not say.

    `identity` is what the platform itself tells people apart by, where `uid` is another id of
    theirs; None where it is the same.
    """

    uid: str
    name: str | None = None
    role: Role | None = None
    identity: str | None = None


@value
class Joined:
    """A person came into a room at `at`.

    `presence_id` is the platform's own id of this presence. On some platforms a rejoin has
    another one, on others the same id may come again (`Rules.comes_again`).
    `evidence` is SEEN where the platform told of the join as it happened.
    """

    presence_id: str
    room: Room
    participant: Participant
    at: int
    ip_address: str | None = None
    user_agent: str | None = None
    evidence: JoinEvidence = JoinEvidence.SEEN


@value
class Left:
    """A person left a room at `at`, told by the platform.

    `joined_at` is the time of joining where the leave repeats it, which saves a session whose
    join was never delivered. `participant` is None where the platform names only the presence.
    `moves`: to another room of the same meeting, so that a join of the same id is to follow.
    """

    presence_id: str
    room: Room
    participant: Participant | None
    at: int
    joined_at: int | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    moves: bool = False


@value
class Ended:
    """A presence is over although nobody said so: the ledger found out by itself.

    `evidence` is RECONCILED (the platform no longer lists it) or TIMED_OUT.
    """

    presence_id: str
    room: Room
    at: int
    evidence: EndEvidence


@value
class RoomStarted:
    """A room, or one instance of it, began."""

    room: Room
    at: int


@value
class RoomFinished:
    """A room, or one instance of it, ended: nobody can be in it any more.

    `started_at` is when this run of it had begun, where the platform says so.
    """

    room: Room
    at: int
    started_at: int | None = None


@value
class Corrected:
    """A person with the right to it said, at `at`, how a stay ended or that it never was.

    `within` is an instant of the stay that is meant, since one id may have several. Neither
    `left_at` nor `void`: what was said before no longer counts.
    """

    presence_id: str
    room: Room
    at: int
    within: int
    left_at: int | None = None
    void: bool = False
    note: str = ""


PresenceFact = Joined | Left | Ended | Corrected
Fact = PresenceFact | RoomStarted | RoomFinished


def about_presences(facts: Iterable[Fact]) -> list[PresenceFact]:
    """The facts that are about presences, in their order, without those about rooms."""
    return [fact for fact in facts if not isinstance(fact, RoomStarted | RoomFinished)]
