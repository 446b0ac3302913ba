"""Events as they came, in words."""

from rollbook.domain.events import Ended, Fact, Joined, Left, RoomFinished, RoomStarted
from rollbook.domain.values import value
from rollbook.service.organizations.ports import ReceivedEvent

_WORDS: dict[type[Fact], str] = {
    Joined: "joined",
    Left: "left",
    Ended: "ended",
    RoomStarted: "room began",
    RoomFinished: "room ended",
}


@value
class ShownEvent:
    """An event and what it meant; of one that changed nothing, neither words, person nor room.

    `at` is when it came and `lag` how long after it happened, in milliseconds.
    """

    at: int
    event_type: str
    lag: int
    words: str = ""
    uid: str | None = None
    name: str | None = None
    room_id: str | None = None


def shown_event(event: ReceivedEvent) -> ShownEvent:
    """What there is to show of an event: the last of what it meant."""
    lag = max(0, event.received_at - event.occurred_at)
    if not event.facts:
        return ShownEvent(event.received_at, event.event_type, lag)
    fact = event.facts[-1]
    person = fact.participant if isinstance(fact, Joined | Left) else None
    return ShownEvent(
        event.received_at,
        event.event_type,
        lag,
        _WORDS.get(type(fact), ""),
        person.uid if person else None,
        person.name if person else None,
        fact.room.room_id,
    )
