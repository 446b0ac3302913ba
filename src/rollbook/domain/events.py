"""What happened in a room, in words that no platform owns.

Every instant in the domain is an integer: milliseconds since 1970-01-01T00:00:00Z.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The four roles the contract knows."""

    TEACHER = "TEACHER"
    STUDENT = "STUDENT"
    MODERATOR = "MODERATOR"
    ADMIN = "ADMIN"


@dataclass(frozen=True, slots=True)
class Room:
    """A room as an event names it.

    `room_id` is the name that stays the same from class to class. `instance_id` is one run of
    the room (LiveKit's `room.sid`, Zoom's meeting UUID); None where a platform has no such thing.
    """

    room_id: str
    title: str | None = None
    instance_id: str | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """A person as an event names them. None means that the event did not say."""

    uid: str
    name: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """A person came into a room at `at`, seen as it happened.

    `presence_id` is the platform's own id of this one presence: a rejoin has another one.
    """

    presence_id: str
    room: Room
    participant: Participant
    at: int
    ip_address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A person left a room at `at`, told by the platform.

    `joined_at` is the time of joining where the leave repeats it, which saves a session whose
    join was never delivered. `participant` is None where the platform names only the presence.
    """

    presence_id: str
    room: Room
    participant: Participant | None
    at: int
    joined_at: int | None = None
    ip_address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class RoomStarted:
    """A room, or one instance of it, began."""

    room: Room
    at: int


@dataclass(frozen=True, slots=True)
class RoomFinished:
    """A room, or one instance of it, ended: nobody can be in it any more."""

    room: Room
    at: int


Fact = Joined | Left | RoomStarted | RoomFinished
