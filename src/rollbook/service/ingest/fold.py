"""Facts into stored sessions, inside a transaction that holds their organization.

`domain.sessions.fold` says what the sessions of a source are, given all its facts. This does the
same for a few facts more: it looks up just what they can change, and settles that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rollbook.domain.context import Context, in_context
from rollbook.domain.events import (
    Fact,
    Joined,
    Left,
    Participant,
    Role,
    RoomFinished,
    RoomStarted,
)
from rollbook.domain.sessions import (
    Presence,
    RoomKey,
    key_of_room,
    merge,
    merge_all,
    presence_of,
    settle_all,
)
from rollbook.service.ingest.ports import LedgerTransaction, PersonNote, RoomNote

Key = TypeVar("Key")
Note = TypeVar("Note", PersonNote, RoomNote)


@dataclass(frozen=True, slots=True)
class FoldCount:
    """How many sessions a fold added, and how many it knew before and learned more about."""

    added: int
    changed: int


@dataclass(frozen=True, slots=True)
class FoldRules:
    """What a fold has to know of a source.

    `once`: whether its platform lets a person be in a room instance once at a time.
    `default_role`: the role of people of whom nobody ever tells one.
    """

    source_id: str
    once: bool = False
    default_role: Role | None = None


async def fold_facts(
    transaction: LedgerTransaction, rules: FoldRules, facts: Sequence[Fact]
) -> FoldCount:
    """Fold facts of one source into the ledger; facts that are known already change nothing.

    The ends of rooms that the facts tell of must have been added to the ledger before.
    """
    source_id, once = rules.source_id, rules.once
    news = merge_all(
        presence_of(source_id, fact)
        for fact in facts
        if not isinstance(fact, RoomStarted | RoomFinished)
    )
    known = await _known(transaction, source_id, list(news), facts)
    merged = {**known, **{key: _merged(known.get(key), news[key]) for key in news}}
    if once:
        # Of those it was with before as well: who moves away no longer ends their sessions.
        stays = [*known.values(), *merged.values()]
        known |= await _companions(transaction, source_id, stays)
        merged = {**known, **merged}
    ends = await _room_ends(transaction, source_id, merged.values())
    settled = await _in_context(transaction, settle_all(merged.values(), ends, once=once))
    changed = [presence for presence in settled if presence != known.get(presence.session_id)]
    if changed:
        await transaction.save_presences(changed)
    await _note(transaction, facts, rules.default_role)
    added = sum(presence.session_id not in known for presence in changed)
    return FoldCount(added, len(changed) - added)


def _merged(known: Presence | None, news: Presence) -> Presence:
    return news if known is None else merge(known, news)


async def _known(
    transaction: LedgerTransaction,
    source_id: str,
    session_ids: Sequence[str],
    facts: Iterable[Fact],
) -> dict[str, Presence]:
    """The stored presences that the facts are about: by name, or because their room ended."""
    presences = await transaction.presences(session_ids) if session_ids else []
    ended = {fact.room.room_id for fact in facts if isinstance(fact, RoomFinished)}
    if ended:
        presences += await transaction.unsettled_in_rooms(source_id, sorted(ended))
    return {presence.session_id: presence for presence in presences}


async def _companions(
    transaction: LedgerTransaction, source_id: str, presences: Iterable[Presence]
) -> dict[str, Presence]:
    """The other presences of the same people in the same runs of rooms."""
    stays = {
        (presence.instance_id, presence.participant_id)
        for presence in presences
        if presence.instance_id is not None and presence.participant_id is not None
    }
    if not stays:
        return {}
    instances = sorted({instance for instance, _ in stays})
    people = sorted({person for _, person in stays})
    theirs = await transaction.stays_of_people(source_id, instances, people)
    return {
        presence.session_id: presence
        for presence in theirs
        if (presence.instance_id, presence.participant_id) in stays
    }


async def _room_ends(
    transaction: LedgerTransaction, source_id: str, presences: Iterable[Presence]
) -> dict[RoomKey, list[int]]:
    rooms = sorted({presence.room_id for presence in presences})
    ends: dict[RoomKey, list[int]] = {}
    for end in await transaction.room_ends(source_id, rooms) if rooms else ():
        ends.setdefault(key_of_room(source_id, end.room), []).append(end.at)
    return ends


async def fold_context(transaction: LedgerTransaction, context: Context) -> None:
    """Keep a context, and give it to the sessions that it belongs to."""
    await transaction.add_context(context)
    near = await transaction.sessions_near(context)
    news = set(await _in_context(transaction, near)) - set(near)
    if news:
        await transaction.save_presences(news)


async def _in_context(
    transaction: LedgerTransaction, presences: Sequence[Presence]
) -> list[Presence]:
    """The presences with what applications told of them, where their platform told nothing."""
    lacking = {
        (presence.participant_id, presence.room_id)
        for presence in presences
        if presence.participant_id and (not presence.ip_told_at or not presence.user_agent_told_at)
    }
    if not lacking:
        return list(presences)
    people, rooms = sorted({person for person, _ in lacking}), sorted({room for _, room in lacking})
    return in_context(presences, await transaction.contexts(people, rooms))


async def _note(
    transaction: LedgerTransaction, facts: Iterable[Fact], default_role: Role | None
) -> None:
    """Keep names, roles and titles. Of what the facts repeat, only the latest is written."""
    people: dict[Participant, PersonNote] = {}
    rooms: dict[tuple[str, str | None], RoomNote] = {}
    for fact in facts:
        if isinstance(fact, Joined | Left) and fact.participant is not None:
            _keep_latest(people, fact.participant, PersonNote(fact.participant, fact.at))
            if fact.participant.role is None and default_role is not None:
                # Told at the beginning of time: whatever anybody tells is later, and stays.
                default = Participant(fact.participant.uid, role=default_role)
                _keep_latest(people, default, PersonNote(default, 0))
        _keep_latest(rooms, (fact.room.room_id, fact.room.title), RoomNote(fact.room, fact.at))
    await transaction.note_people(people.values())
    await transaction.note_rooms(rooms.values())


def _keep_latest(notes: dict[Key, Note], key: Key, note: Note) -> None:
    known = notes.get(key)
    if known is None or known.at < note.at:
        notes[key] = note
