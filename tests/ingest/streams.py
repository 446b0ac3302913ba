"""Hypothesis strategies for what platforms tell: streams of events, and ways to deliver them.

A stream is small in everything but trouble: few people, few rooms, few instants, so that stays
overlap, begin at the very same time and end exactly when their room does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from rollbook.domain.context import Context
from rollbook.domain.events import (
    Corrected,
    Ended,
    EndEvidence,
    Fact,
    Joined,
    JoinEvidence,
    Left,
    Participant,
    Role,
    Room,
    RoomFinished,
    RoomStarted,
)

NOON = 1_705_320_000_000
"""2024-01-15T12:00:00Z."""

MINUTE = 60_000
PEOPLE = ("ann", "bob", "jörg")
ROOMS = tuple(
    Room(name, instance_id=instance)
    for name in ("math-101", "art")
    for instance in ("RM_1", "RM_2", None)
)
# Their order as text is their order as numbers: PostgreSQL compares addresses, SQLite text.
ADDRESSES = ("198.51.100.7", "203.0.113.9")
AGENTS = ("Firefox", "Safari")


@dataclass(frozen=True, slots=True)
class Told:
    """One event, under the id by which its platform tells it again."""

    event_id: str
    facts: tuple[Fact, ...]


Step = tuple[Told, ...] | Context
"""What one transaction takes in: events together, or what an application tells."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is told, and two ways of telling it."""

    events: tuple[Told, ...]
    contexts: tuple[Context, ...]
    one_way: tuple[Step, ...]
    other_way: tuple[Step, ...]

    def facts(self) -> list[Fact]:
        return [fact for event in self.events for fact in event.facts]


_MINUTES = st.integers(0, 9)
_YES = st.booleans()
# What is lost or told twice comes by leaving things out here and by repeating them later.
_KINDS = st.sampled_from(("joined", "joined", "listed", "left", "left", "left", "aborted", "ended"))
_TOLD = st.integers(1, 4)
_ROOMS = st.lists(st.sampled_from(ROOMS), min_size=1, max_size=3).map(st.sampled_from)
_PEOPLE = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2).map(st.sampled_from)
_ANYWHERE = st.sampled_from(ROOMS)
_ANYBODY = st.sampled_from(PEOPLE)
_TITLES = st.sampled_from((None, "Calculus I", "Algebra"))
_NAMES = st.sampled_from((None, "Ann", "Änne"))
_ROLES = st.sampled_from((None, *Role))
_ADDRESSES = st.sampled_from((None, None, *ADDRESSES))
_AGENTS = st.sampled_from((None, None, *AGENTS))
_INFERRED = st.sampled_from((EndEvidence.RECONCILED, EndEvidence.TIMED_OUT))
_CONTEXT_ADDRESSES = st.sampled_from((None, "192.0.2.1", "192.0.2.2"))
_CONTEXT_AGENTS = st.sampled_from((None, "Opera"))
# About the time of the stays, and where it is just too early or too late for them.
_OFF = st.sampled_from((0, 0, 0, -24 * 60, -24 * 60 - 5, 48 * 60, 48 * 60 + 5))
_SIZES = st.integers(1, 6)
_CORRECTIONS = st.sampled_from((0, 0, 0, 0, 1, 2, 3))


@dataclass(frozen=True, slots=True)
class _School:
    """The few rooms and people of one stream, so that they meet."""

    rooms: st.SearchStrategy[Room]
    people: st.SearchStrategy[str]


_SCHOOLS = st.builds(_School, _ROOMS, _PEOPLE)

CONNECTING_MS = 1500
"""How long before the join is told a person had connected."""


@st.composite
def streams(draw: st.DrawFn, *, contradictory: bool = False) -> tuple[Told, ...]:
    """Events about a few stays; a contradictory stream changes its mind about who and where."""
    school = draw(_SCHOOLS)
    facts: list[Fact] = []
    for number in range(draw(_SIZES)):
        facts += _stay(draw, school, f"PA_{number}", contradictory=contradictory)
    for _ in range(draw(st.integers(0, 4))):
        room, at = _titled(draw, draw(school.rooms)), _instant(draw)
        started_at = at - draw(_MINUTES) * MINUTE if draw(_YES) else None
        facts.append(RoomFinished(room, at, started_at) if draw(_YES) else RoomStarted(room, at))
    return tuple(Told(f"EV_{number}", (fact,)) for number, fact in enumerate(facts))


@st.composite
def cases(draw: st.DrawFn, *, contradictory: bool = False) -> Case:
    events = draw(streams(contradictory=contradictory))
    contexts = tuple(_context(draw) for _ in range(draw(st.integers(0, 3))))
    both = tellings(events, contexts)
    return Case(events, contexts, draw(both), draw(both))


@st.composite
def tellings(
    draw: st.DrawFn, events: Sequence[Told], contexts: Sequence[Context] = ()
) -> tuple[Step, ...]:
    """All events in any order, some again and again, in batches, with contexts anywhere."""
    again = draw(st.lists(st.sampled_from(events), max_size=5))
    order = draw(st.permutations([*events, *again]))
    steps: list[Step] = []
    while order:
        size = draw(_SIZES)
        steps.append(tuple(order[:size]))
        order = order[size:]
    for context in contexts:
        steps.insert(draw(st.integers(0, len(steps))), context)
    return tuple(steps)


def _stay(draw: st.DrawFn, school: _School, presence_id: str, *, contradictory: bool) -> list[Fact]:
    """What is told of one stay: any of its facts may be lost."""
    room, uid, joined_at = draw(school.rooms), draw(school.people), _instant(draw)
    told = [_about_stay(draw, presence_id, room, uid, joined_at) for _ in range(draw(_TOLD))]
    if contradictory and draw(_YES):
        other, another = draw(school.rooms), draw(school.people)
        told.append(_about_stay(draw, presence_id, other, another, _instant(draw)))
    return told + [_correction(draw, presence_id, room) for _ in range(draw(_CORRECTIONS))]


def _correction(draw: st.DrawFn, presence_id: str, room: Room) -> Corrected:
    """What a person says of a stay: an end, that it never was, or neither any more."""
    left_at = _instant(draw) if draw(_YES) else None
    void = left_at is None and draw(_YES)
    return Corrected(presence_id, room, _instant(draw), 0, left_at, void, "as told")


def _about_stay(draw: st.DrawFn, presence_id: str, room: Room, uid: str, joined_at: int) -> Fact:
    kind, room = draw(_KINDS), _titled(draw, room)
    left_at = joined_at + draw(_MINUTES) * MINUTE
    if kind == "ended":
        return Ended(presence_id, room, left_at, draw(_INFERRED))
    if kind == "aborted":
        return Left(presence_id, room, None, left_at)
    person = Participant(uid, draw(_NAMES), draw(_ROLES))
    address, agent = draw(_ADDRESSES), draw(_AGENTS)
    if kind == "joined":
        return Joined(presence_id, room, person, joined_at, address, agent)
    connected_at = joined_at - CONNECTING_MS
    if kind == "listed":
        evidence = JoinEvidence.TOLD
        return Joined(presence_id, room, person, connected_at, address, agent, evidence)
    repeated = connected_at if draw(_YES) else None
    return Left(presence_id, room, person, left_at, repeated, address, agent)


def _context(draw: st.DrawFn) -> Context:
    told_at = _instant(draw) + draw(_OFF) * MINUTE
    address, agent = draw(_CONTEXT_ADDRESSES), draw(_CONTEXT_AGENTS)
    return Context(draw(_ANYBODY), draw(_ANYWHERE).room_id, told_at, address, agent)


def _titled(draw: st.DrawFn, room: Room) -> Room:
    return replace(room, title=draw(_TITLES))


def _instant(draw: st.DrawFn) -> int:
    return NOON + draw(_MINUTES) * MINUTE
