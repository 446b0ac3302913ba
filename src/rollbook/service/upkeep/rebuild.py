"""The ledger verified against the stored events, or rebuilt from them where it differs.

The facts of a room's events are folded by the one rule of `domain.sessions.fold` and compared with
what is stored. Rooms do not concern each other, so memory is bounded by the largest of them.
Imported sessions have no events and are left alone, and so are names and titles, which imports
tell as well.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import chain

from rollbook.domain.context import in_context
from rollbook.domain.events import RoomFinished
from rollbook.domain.retention import without_old_address
from rollbook.domain.sessions import Presence, fold
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.ingest.ports import RoomEnd
from rollbook.service.upkeep.ports import EventFacts, Evidence, EvidenceReader

EVENTS_AT_A_TIME = 2_000
"""Small rooms are compared together up to so many events: some tens of milliseconds of work."""

_PAGE = 1_000


class DifferenceKind(StrEnum):
    """How what is stored differs from what the events make expect."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Difference:
    """A session, or where `session_id` is None an end of a room, that is not as the events tell.

    `fields` has what is stored and what is expected of each field that differs.
    """

    kind: DifferenceKind
    source_id: str
    room_id: str
    session_id: str | None
    fields: Mapping[str, tuple[object, object]]


@dataclass(frozen=True, slots=True)
class RebuildRules:
    """How the events of a source are folded anew.

    `once` as in `fold_facts`. Addresses of sessions that began before `addresses_before` (ms UTC)
    are forgotten, or are to be with the next upkeep: they are looked at neither here nor there.
    """

    once: bool
    addresses_before: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A part of the ledger that was compared; in a rebuild its differences are mended by now."""

    rooms: int
    sessions: int
    differences: Sequence[Difference]


_EndKey = tuple[str, str | None, int]


@dataclass(frozen=True, slots=True)
class _State:
    """The sessions of some rooms and the ends of these rooms, as expected or as stored."""

    presences: Mapping[str, Presence]
    ends: Mapping[_EndKey, RoomEnd]


def verify(evidence: Evidence, source: Source, rules: RebuildRules) -> AsyncIterator[Checked]:
    """Compare the sessions of a source with its events, room by room, and change nothing."""
    return _check(evidence, source, rules, mend=False)


def rebuild(evidence: Evidence, source: Source, rules: RebuildRules) -> AsyncIterator[Checked]:
    """The same, and mend what differs.

    It is compared again while holding the organization, and mended in the same transaction: safe
    beside a running service.
    """
    return _check(evidence, source, rules, mend=True)


async def _check(
    evidence: Evidence, source: Source, rules: RebuildRules, *, mend: bool
) -> AsyncIterator[Checked]:
    """Of imported files nothing is told, and nothing checked."""
    if source.kind == OwnKind.IMPORT:
        return
    async for rooms in _rooms(evidence, source):
        async with evidence.reading(source.org_id) as reader:
            expected, stored = await _look(reader, source.source_id, rooms, rules)
        differences = _differences(source, expected, stored)
        if mend and differences:
            differences = await _mend_rooms(evidence, source, rooms, rules)
        yield Checked(len(rooms), len(expected.presences), differences)
    async for extra in _without_events(evidence, source):
        removed = await _remove(evidence, source, extra) if mend else extra
        yield Checked(0, 0, [_extra(source, presence) for presence in removed])


async def _rooms(evidence: Evidence, source: Source) -> AsyncIterator[Collection[str]]:
    """The rooms that events tell of: large ones alone, small ones some together."""
    after, page = "", [("", 0)]
    while page:
        async with evidence.reading(source.org_id) as reader:
            page = await reader.rooms_after(source.source_id, after, _PAGE)
        rooms, events = set[str](), 0
        for after, count in page:
            if rooms and events + count > EVENTS_AT_A_TIME:
                yield rooms
                rooms, events = set(), 0
            rooms.add(after)
            events += count
        if rooms:
            yield rooms


async def _look(
    reader: EvidenceReader, source_id: str, rooms: Collection[str], rules: RebuildRules
) -> tuple[_State, _State]:
    """What the events make expect of rooms, and what is stored of them."""
    events = await reader.events_of_rooms(source_id, rooms)
    sessions = {event.session_id for event in events if event.session_id is not None}
    # A presence that was told in two rooms belongs to one of them, by all facts about it.
    elsewhere = await reader.events_elsewhere(rooms, sessions)
    facts = chain.from_iterable(event.facts for event in chain(events, elsewhere))
    folded = fold(source_id, facts, once=rules.once).values()
    here = [presence for presence in folded if presence.room_id in rooms]
    expected = _remembered(await _in_context(reader, here), rules)
    stored = _remembered(await reader.presences(list(expected)), rules)
    stored_ends = await reader.room_ends(source_id, list(rooms))
    return (
        _State(expected, _expected_ends(events)),
        _State(stored, {_end_key(end): end for end in stored_ends}),
    )


def _remembered(presences: Iterable[Presence], rules: RebuildRules) -> dict[str, Presence]:
    return {one.session_id: without_old_address(one, rules.addresses_before) for one in presences}


async def _in_context(reader: EvidenceReader, presences: Sequence[Presence]) -> list[Presence]:
    people = sorted({one.participant_id for one in presences if one.participant_id is not None})
    rooms = sorted({presence.room_id for presence in presences})
    return in_context(presences, await reader.contexts(people, rooms) if people else ())


def _expected_ends(events: Sequence[EventFacts]) -> dict[_EndKey, RoomEnd]:
    ends = (
        RoomEnd(fact.room, fact.at, event.event_id)
        for event in events
        for fact in event.facts
        if isinstance(fact, RoomFinished)
    )
    return {_end_key(end): end for end in ends}


def _end_key(end: RoomEnd) -> _EndKey:
    return end.room.room_id, end.room.instance_id, end.at


def _differences(source: Source, expected: _State, stored: _State) -> list[Difference]:
    differences = [
        _difference(source, presence, stored=stored.presences.get(session_id), expected=presence)
        for session_id, presence in sorted(expected.presences.items())
        if presence != stored.presences.get(session_id)
    ]
    missing = sorted(expected.ends.keys() - stored.ends.keys(), key=str)
    extra = sorted(stored.ends.keys() - expected.ends.keys(), key=str)
    differences += [_end_difference(source, DifferenceKind.MISSING, key) for key in missing]
    return differences + [_end_difference(source, DifferenceKind.EXTRA, key) for key in extra]


def _difference(
    source: Source, one: Presence, *, stored: Presence | None, expected: Presence | None
) -> Difference:
    kind = DifferenceKind.DIFFERENT
    if stored is None or expected is None:
        kind = DifferenceKind.MISSING if stored is None else DifferenceKind.EXTRA
    pairs = {
        field.name: (getattr(stored, field.name, None), getattr(expected, field.name, None))
        for field in fields(Presence)
    }
    differing = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    return Difference(kind, source.source_id, one.room_id, one.session_id, differing)


def _extra(source: Source, presence: Presence) -> Difference:
    return _difference(source, presence, stored=presence, expected=None)


def _end_difference(source: Source, kind: DifferenceKind, key: _EndKey) -> Difference:
    room_id, _, at = key
    pair = (None, at) if kind is DifferenceKind.MISSING else (at, None)
    return Difference(kind, source.source_id, room_id, None, {"room_ended_at": pair})


async def _mend_rooms(
    evidence: Evidence, source: Source, rooms: Collection[str], rules: RebuildRules
) -> list[Difference]:
    async with evidence.holding(source.org_id) as writer:
        expected, stored = await _look(writer, source.source_id, rooms, rules)
        wrong = [
            one
            for one in expected.presences.values()
            if one != stored.presences.get(one.session_id)
        ]
        await writer.replace_presences(sorted(presence.session_id for presence in wrong), wrong)
        gone = [end for key, end in stored.ends.items() if key not in expected.ends]
        lost = [end for key, end in expected.ends.items() if key not in stored.ends]
        await writer.replace_room_ends(source.source_id, gone, lost)
    return _differences(source, expected, stored)


async def _without_events(evidence: Evidence, source: Source) -> AsyncIterator[Sequence[Presence]]:
    """Stored sessions that no event is about."""
    page = [""]
    while page:
        async with evidence.reading(source.org_id) as reader:
            page = await reader.sessions_after(source.source_id, page[-1], _PAGE)
            ids = set(page) - await reader.sessions_told(page)
            extra = await reader.presences(sorted(ids)) if ids else []
        if extra:
            yield extra


async def _remove(
    evidence: Evidence, source: Source, presences: Sequence[Presence]
) -> list[Presence]:
    ids = {presence.session_id for presence in presences}
    async with evidence.holding(source.org_id) as writer:
        still = sorted(ids - await writer.sessions_told(ids))
        removed = await writer.presences(still)
        await writer.replace_presences(still, ())
    return removed
