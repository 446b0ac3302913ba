"""Stored events replayed: they prove the ledger, or show where it differs and mend it.

What the events of a room tell is folded by the one rule of `domain.sessions.fold` and laid beside
what is stored. Rooms do not concern each other, so memory is bounded by the largest of them.
Imported sessions have no events and are left alone, and so are names and titles, which imports
tell as well.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import chain

from rollbook.domain.context import Context, with_context
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.retention import without_old_address
from rollbook.domain.sessions import Rules, fold
from rollbook.domain.sources import Source
from rollbook.service.ingest.ports import RoomMark
from rollbook.service.ingest.record import marks_told
from rollbook.service.upkeep.ports import Evidence, EvidenceReader, ToldEvent

EVENTS_AT_A_TIME = 2_000
"""Small rooms are replayed together up to so many events: some tens of milliseconds of work."""

_PAGE = 1_000


class DifferenceKind(StrEnum):
    """How what is stored differs from what the events tell."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Difference:
    """A session, or where `session_id` is None an end of a room, that is not as the events tell.

    `fields` has what is stored and what is told of each field that differs.
    """

    kind: DifferenceKind
    source_id: str
    room_id: str
    session_id: str | None
    fields: Mapping[str, tuple[object, object]]


@dataclass(frozen=True, slots=True)
class Replay:
    """How the events of a source are replayed.

    `rules`: how its presences behave. Addresses of sessions that began before `addresses_before` (ms UTC)
    are forgotten, or are to be with the next upkeep: they are looked at neither here nor there.
    """

    rules: Rules
    addresses_before: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A part of the ledger that was checked; with `mend`, its differences are mended by now."""

    rooms: int
    sessions: int
    differences: Sequence[Difference]


_MarkKey = tuple[str, str | None, int, bool]


@dataclass(frozen=True, slots=True)
class _State:
    """The sessions of some rooms, and when these rooms began and ended: as told or as stored."""

    presences: Mapping[str, Presence]
    marks: Mapping[_MarkKey, RoomMark]


async def check(
    evidence: Evidence, source: Source, replay: Replay, *, mend: bool
) -> AsyncIterator[Checked]:
    """Replay the events of a source room by room, and tell where the ledger differs.

    Where it differs and `mend` is set, it is looked at again while holding the organization, and
    mended in the same transaction: safe beside a running service.
    """
    async for rooms in _rooms(evidence, source):
        async with evidence.reading(source.org_id) as reader:
            told, stored = await _look(reader, source.source_id, rooms, replay)
        differences = _differences(source, told, stored)
        if mend and differences:
            differences = await _mend_rooms(evidence, source, rooms, replay)
        yield Checked(len(rooms), len(told.presences), differences)
    async for untold in _untold(evidence, source):
        removed = await _remove_untold(evidence, source, untold) if mend else untold
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
    reader: EvidenceReader, source_id: str, rooms: Collection[str], replay: Replay
) -> tuple[_State, _State]:
    """What the events tell of rooms, and what is stored of them."""
    events = await reader.events_of_rooms(source_id, rooms)
    sessions = {event.session_id for event in events if event.session_id is not None}
    # A presence that was told in two rooms belongs to one of them, by all that was told of it.
    elsewhere = await reader.events_elsewhere(rooms, sessions)
    facts = list(chain.from_iterable(event.facts for event in chain(events, elsewhere)))
    folded = fold(source_id, facts, replay.rules).values()
    here = [presence for presence in folded if presence.room_id in rooms]
    told = _remembered(await _in_context(reader, here), replay)
    keys = {session_id_for(source_id, presence.presence_id) for presence in here}
    stored = _remembered(await reader.stays(keys), replay)
    # Of an id that comes again, a stay may be in a room that is looked at another time.
    others = {one.session_id for one in folded if one.room_id not in rooms}
    stored = {session_id: one for session_id, one in stored.items() if session_id not in others}
    stored_marks = await reader.room_marks(source_id, sorted(rooms))
    return (
        _State(told, _marks(marks_in(events))),
        _State(stored, _marks(stored_marks)),
    )


def _remembered(presences: Iterable[Presence], replay: Replay) -> dict[str, Presence]:
    return {one.session_id: without_old_address(one, replay.addresses_before) for one in presences}


async def _in_context(reader: EvidenceReader, presences: Sequence[Presence]) -> list[Presence]:
    people = sorted({one.participant_id for one in presences if one.participant_id is not None})
    rooms = sorted({presence.room_id for presence in presences})
    told: dict[tuple[str | None, str], list[Context]] = {}
    for context in await reader.contexts(people, rooms) if people else ():
        told.setdefault((context.participant_id, context.room_id), []).append(context)
    return [
        with_context(presence, told.get((presence.participant_id, presence.room_id), ()))
        for presence in presences
    ]


def marks_in(events: Sequence[ToldEvent]) -> list[RoomMark]:
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


def _differences(source: Source, told: _State, stored: _State) -> list[Difference]:
    found = [
        _difference(source, presence, stored=stored.presences.get(session_id), told=presence)
        for session_id, presence in sorted(told.presences.items())
        if presence != stored.presences.get(session_id)
    ]
    extra = sorted(stored.presences.keys() - told.presences.keys())
    found += [_extra(source, stored.presences[session_id]) for session_id in extra]
    found += [
        _mark_difference(source, DifferenceKind.MISSING, key) for key in _unlike(told, stored)
    ]
    return found + [
        _mark_difference(source, DifferenceKind.EXTRA, key) for key in _unlike(stored, told)
    ]


def _difference(
    source: Source, one: Presence, *, stored: Presence | None, told: Presence | None
) -> Difference:
    kind = DifferenceKind.DIFFERENT
    if stored is None or told is None:
        kind = DifferenceKind.MISSING if stored is None else DifferenceKind.EXTRA
    pairs = {
        field.name: (getattr(stored, field.name, None), getattr(told, field.name, None))
        for field in fields(Presence)
    }
    differing = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    return Difference(kind, source.source_id, one.room_id, one.session_id, differing)


def _extra(source: Source, presence: Presence) -> Difference:
    return _difference(source, presence, stored=presence, told=None)


def _mark_difference(source: Source, kind: DifferenceKind, key: _MarkKey) -> Difference:
    room_id, _, at, ended = key
    pair = (None, at) if kind is DifferenceKind.MISSING else (at, None)
    field = "room_ended_at" if ended else "room_started_at"
    return Difference(kind, source.source_id, room_id, None, {field: pair})


async def _mend_rooms(
    evidence: Evidence, source: Source, rooms: Collection[str], replay: Replay
) -> list[Difference]:
    async with evidence.holding(source.org_id) as writer:
        told, stored = await _look(writer, source.source_id, rooms, replay)
        wrong = [
            one for one in told.presences.values() if one != stored.presences.get(one.session_id)
        ]
        extra = stored.presences.keys() - told.presences.keys()
        gone = sorted({*extra, *(presence.session_id for presence in wrong)})
        await writer.replace_presences(gone, wrong)
        await writer.replace_room_marks(
            source.source_id,
            [stored.marks[key] for key in _unlike(stored, told)],
            [told.marks[key] for key in _unlike(told, stored)],
        )
    return _differences(source, told, stored)


async def _untold(evidence: Evidence, source: Source) -> AsyncIterator[Sequence[Presence]]:
    """Stored sessions of presences that no event tells of."""
    page = [""]
    while page:
        async with evidence.reading(source.org_id) as reader:
            page = await reader.sessions_after(source.source_id, page[-1], _PAGE)
            untold = await _untold_of(reader, page) if page else []
        if untold:
            yield untold


async def _untold_of(reader: EvidenceReader, session_ids: Collection[str]) -> list[Presence]:
    """Those of these sessions that no event tells of."""
    wanted = set(session_ids)
    keys = {
        presence: session_id_for(presence.source_id, presence.presence_id)
        for presence in await reader.stays(session_ids)
        if presence.session_id in wanted
    }
    told = await reader.sessions_told(sorted({*wanted, *keys.values()}))
    return [one for one, key in keys.items() if not {one.session_id, key} & told]


async def _remove_untold(
    evidence: Evidence, source: Source, presences: Sequence[Presence]
) -> list[Presence]:
    ids = {presence.session_id for presence in presences}
    async with evidence.holding(source.org_id) as writer:
        removed = await _untold_of(writer, ids)
        await writer.replace_presences(sorted(one.session_id for one in removed), ())
    return removed
