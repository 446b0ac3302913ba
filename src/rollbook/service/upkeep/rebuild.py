"""Stored events replayed: they prove the ledger, or show where it differs and mend it.

What the events of a room tell is folded by the one rule of `domain.sessions.fold` and laid beside
what is stored. Rooms do not concern each other, so memory is bounded by the largest of them.
What files told is evidence like events. Names and titles are left alone. A rebuild also writes events in
today's form that an earlier release wrote in another.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from itertools import chain

from rollbook.domain.context import in_context
from rollbook.domain.events import about_presences
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.retention import without_old_address, without_old_agent
from rollbook.domain.sessions import Rules, fold
from rollbook.domain.sources import Source
from rollbook.domain.values import value
from rollbook.service.ingest.ports import RoomMark
from rollbook.service.ingest.record import marks_told
from rollbook.service.upkeep.ports import EventFacts, Evidence, EvidenceReader

EVENTS_AT_A_TIME = 2_000
"""Small rooms are compared together up to so many events: some tens of milliseconds of work."""

_PAGE = 1_000

_WRITTEN_AT_A_TIME = 500


class DifferenceKind(StrEnum):
    """How what is stored differs from what the events tell."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"


@value
class Difference:
    """A session, or where `session_id` is None an end of a room, that is not as the events tell.

    `fields` has what is stored and what is told of each field that differs.
    """

    kind: DifferenceKind
    source_id: str
    room_id: str
    session_id: str | None
    fields: Mapping[str, tuple[object, object]]


@value
class RebuildRules:
    """How the events of a source are folded anew.

    `presences`: how they behave. Addresses of sessions that began before `addresses_before` (ms UTC)
    are forgotten, or are to be with the next upkeep: they are looked at neither here nor there.
    """

    presences: Rules
    addresses_before: int | None = None
    agents_before: int | None = None
    """The same of user agents."""


@value
class Checked:
    """A part of the ledger that was checked; with `mend`, its differences are mended by now."""

    rooms: int
    sessions: int
    differences: Sequence[Difference]


_MarkKey = tuple[str, str | None, int, bool]


@value
class _State:
    """The sessions of some rooms, and when these rooms began and ended: as told or as stored."""

    presences: Mapping[str, Presence]
    marks: Mapping[_MarkKey, RoomMark]


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
    async for rooms in _rooms(evidence, source):
        async with evidence.reading(source.org_id) as reader:
            expected, stored = await _look(reader, source.source_id, rooms, rules)
        differences = _differences(source, expected, stored)
        if mend and differences:
            differences = await _mend_rooms(evidence, source, rooms, rules)
        if mend:
            await _write_anew(evidence, source, rooms)
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
    """What the events tell of rooms, and what is stored of them."""
    events = await reader.events_of_rooms(source_id, rooms)
    sessions = {event.session_id for event in events if event.session_id is not None}
    # A presence that was told in two rooms belongs to one of them, by all that was told of it.
    elsewhere = await reader.events_elsewhere(rooms, sessions)
    facts = list(chain.from_iterable(event.facts for event in chain(events, elsewhere)))
    folded = fold(source_id, facts, rules.presences).values()
    here = [presence for presence in folded if presence.room_id in rooms]
    expected = _remembered(await _in_context(reader, here), rules)
    gone = rules.presences.left_out.presences(about_presences(facts))
    ids = {presence.presence_id for presence in here} | gone
    keys = {session_id_for(source_id, presence_id) for presence_id in ids}
    stored = _remembered(await reader.stays(keys), rules)
    # Of an id that comes again, a stay may be in a room that is looked at another time.
    others = {one.session_id for one in folded if one.room_id not in rooms}
    stored = {session_id: one for session_id, one in stored.items() if session_id not in others}
    stored_marks = await reader.room_marks(source_id, sorted(rooms))
    return (
        _State(expected, _marks(_marks_in(events))),
        _State(stored, _marks(stored_marks)),
    )


def _remembered(presences: Iterable[Presence], rules: RebuildRules) -> dict[str, Presence]:
    kept = (without_old_address(one, rules.addresses_before) for one in presences)
    return {one.session_id: without_old_agent(one, rules.agents_before) for one in kept}


async def _in_context(reader: EvidenceReader, presences: Sequence[Presence]) -> list[Presence]:
    people = sorted({one.participant_id for one in presences if one.participant_id is not None})
    rooms = sorted({presence.room_id for presence in presences})
    return in_context(presences, await reader.contexts(people, rooms) if people else ())


def _marks_in(events: Sequence[EventFacts]) -> list[RoomMark]:
    """What events tell of the beginnings and ends of rooms."""
    return [mark for event in events for mark in marks_told(event.event_id, event.facts)]


def _marks(marks: Iterable[RoomMark]) -> dict[_MarkKey, RoomMark]:
    """The beginnings and ends of rooms; of two events that tell the same one, the later start."""
    found: dict[_MarkKey, RoomMark] = {}
    for mark in marks:
        key = (mark.room.room_id, mark.room.instance_id, mark.at, mark.ended)
        known = found.get(key)
        if known is None or (known.started_at or 0) < (mark.started_at or 0):
            found[key] = mark
    return found


def _unlike(one: _State, other: _State) -> list[_MarkKey]:
    """The beginnings and ends of one that the other lacks, or knows another start of."""
    return sorted(
        (
            key
            for key, mark in one.marks.items()
            if key not in other.marks or other.marks[key].started_at != mark.started_at
        ),
        key=str,
    )


def _differences(source: Source, expected: _State, stored: _State) -> list[Difference]:
    found = [
        _difference(source, presence, stored=stored.presences.get(session_id), expected=presence)
        for session_id, presence in sorted(expected.presences.items())
        if presence != stored.presences.get(session_id)
    ]
    extra = sorted(stored.presences.keys() - expected.presences.keys())
    found += [_extra(source, stored.presences[session_id]) for session_id in extra]
    found += [
        _mark_difference(source, DifferenceKind.MISSING, key) for key in _unlike(expected, stored)
    ]
    return found + [
        _mark_difference(source, DifferenceKind.EXTRA, key) for key in _unlike(stored, expected)
    ]


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


def _mark_difference(source: Source, kind: DifferenceKind, key: _MarkKey) -> Difference:
    room_id, _, at, ended = key
    pair = (None, at) if kind is DifferenceKind.MISSING else (at, None)
    field = "room_ended_at" if ended else "room_started_at"
    return Difference(kind, source.source_id, room_id, None, {field: pair})


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
        extra = stored.presences.keys() - expected.presences.keys()
        gone = sorted({*extra, *(presence.session_id for presence in wrong)})
        await writer.replace_presences(gone, wrong)
        await writer.replace_room_marks(
            source.source_id,
            [stored.marks[key] for key in _unlike(stored, expected)],
            [expected.marks[key] for key in _unlike(expected, stored)],
        )
    return _differences(source, expected, stored)


async def _write_anew(evidence: Evidence, source: Source, rooms: Collection[str]) -> None:
    """Write the events of these rooms in today's form, in parts that hold nobody up for long."""
    more = True
    while more:
        async with evidence.holding(source.org_id) as writer:
            written = await writer.write_anew(source.source_id, rooms, _WRITTEN_AT_A_TIME)
        more = written == _WRITTEN_AT_A_TIME


async def _without_events(evidence: Evidence, source: Source) -> AsyncIterator[Sequence[Presence]]:
    """Stored sessions of presences that no event tells of."""
    page = [""]
    while page:
        async with evidence.reading(source.org_id) as reader:
            page = await reader.sessions_after(source.source_id, page[-1], _PAGE)
            untold = await _without_events_of(reader, page) if page else []
        if untold:
            yield untold


async def _without_events_of(
    reader: EvidenceReader, session_ids: Collection[str]
) -> list[Presence]:
    """Those of these sessions that no event tells of."""
    wanted = set(session_ids)
    keys = {
        presence: session_id_for(presence.source_id, presence.presence_id)
        for presence in await reader.stays(session_ids)
        if presence.session_id in wanted
    }
    told = await reader.sessions_told(sorted({*wanted, *keys.values()}))
    untold = [one for one, key in keys.items() if not {one.session_id, key} & told]
    return [one for one in untold if not await _is_told_in_its_room(reader, one)]


async def _is_told_in_its_room(reader: EvidenceReader, presence: Presence) -> bool:
    """Whether a fact tells of it although its event is kept under no id of it, or another one.

    So are events of early builds. They are what a rebuild has just added the session for.
    """
    events = await reader.events_of_rooms(presence.source_id, [presence.room_id])
    facts = about_presences(chain.from_iterable(event.facts for event in events))
    return any(fact.presence_id == presence.presence_id for fact in facts)


async def _remove(
    evidence: Evidence, source: Source, presences: Sequence[Presence]
) -> list[Presence]:
    ids = {presence.session_id for presence in presences}
    async with evidence.holding(source.org_id) as writer:
        removed = await _without_events_of(writer, ids)
        await writer.replace_presences(sorted(one.session_id for one in removed), ())
    return removed
