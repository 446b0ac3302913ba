"""Facts into stored sessions, inside a transaction that holds their organization.

`domain.sessions.fold` says what the sessions of a source are, given all its facts. This does the
same for a few facts more: it looks up just what they can change, and settles that. Where a presence
id is one stay, what is stored of it grows; where it may come again, or may be left out for what was
told before, its stays are read anew from all its facts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace

from rollbook.domain.context import Context, in_context
from rollbook.domain.events import (
    Fact,
    PresenceFact,
    Role,
    RoomFinished,
    RoomStarted,
    about_presences,
)
from rollbook.domain.presences import Presence, merge, session_id_for
from rollbook.domain.sessions import (
    Rules,
    Runs,
    Told,
    runs_told,
    settle_all,
    stays_told,
    told_of_each,
)
from rollbook.domain.values import value
from rollbook.service.ingest.notes import notes
from rollbook.service.ingest.ports import LedgerTransaction


@value
class FoldCount:
    """How many sessions a fold added, and how many it knew before and learned more about."""

    added: int = 0
    changed: int = 0


@value
class FoldRules:
    """What a fold has to know of a source.

    `presences`: how those of its platform behave; how long a session lasts is the organization's.
    `default_role`: the role of people of whom nobody ever tells one.
    """

    source_id: str
    presences: Rules = field(default_factory=Rules)
    default_role: Role | None = None


async def fold_facts(
    transaction: LedgerTransaction, rules: FoldRules, facts: Sequence[Fact]
) -> FoldCount:
    """Fold facts of one source into the ledger; facts that are known already change nothing.

    The events that tell the facts, and the beginnings and ends of rooms, must have been added to
    the ledger before.
    """
    if rules.presences.comes_again or rules.presences.left_out:
        keys = {
            session_id_for(rules.source_id, fact.presence_id) for fact in about_presences(facts)
        }
        keys |= await _in_marked_runs(transaction, rules.source_id, facts)
        count = await read_again(transaction, rules, keys)
    else:
        count = await _grow(transaction, rules, facts)
    people, rooms = notes(_of_others(rules, facts), rules.default_role)
    await transaction.note_people(people)
    await transaction.note_rooms(rooms)
    return count


def _of_others(rules: FoldRules, facts: Sequence[Fact]) -> list[Fact]:
    """The facts that are not about somebody left out."""
    gone = rules.presences.left_out.presences(about_presences(facts))
    return [fact for fact in facts if getattr(fact, "presence_id", None) not in gone]


# --- where an id is one stay -----------------------------------------------------------------


async def _grow(
    transaction: LedgerTransaction, rules: FoldRules, facts: Sequence[Fact]
) -> FoldCount:
    """What is stored of each presence, and what the facts tell beside it."""
    source_id = rules.source_id
    told = {one.session_id: one for one in told_of_each(source_id, about_presences(facts))}
    known = await _known(transaction, source_id, told, facts)
    merged = {**known, **{key: _merged(known.get(key), told[key]) for key in told}}
    if rules.presences.once:
        # Of those it was with before as well: who moves away no longer ends their sessions.
        near = [*known.values(), *merged.values()]
        known |= await _companions(transaction, source_id, near)
        merged = {**known, **merged}
    runs = await _runs(transaction, source_id, {one.room_id for one in merged.values()})
    told_here: Told = [(one, None) for one in merged.values()]
    return await _save(transaction, known, await _settled(transaction, rules, told_here, runs))


def _merged(known: Presence | None, told: Presence) -> Presence:
    return told if known is None else merge(known, told)


async def _known(
    transaction: LedgerTransaction,
    source_id: str,
    told: Mapping[str, Presence],
    facts: Iterable[Fact],
) -> dict[str, Presence]:
    """The stored presences that the facts are about: by name, or because their room ended."""
    found = await transaction.presences(list(told)) if told else []
    # Which of them the end of a room closes depends on its beginnings too.
    rooms = {f.room.room_id for f in facts if isinstance(f, RoomStarted | RoomFinished)}
    found += await transaction.unsettled_in_rooms(source_id, sorted(rooms)) if rooms else []
    return {presence.session_id: presence for presence in found}


async def _companions(
    transaction: LedgerTransaction, source_id: str, presences: Iterable[Presence]
) -> dict[str, Presence]:
    """The other presences of the same people in the same runs of rooms."""
    stays = {
        (presence.instance_id, person)
        for presence in presences
        if presence.instance_id is not None and (person := _identity(presence)) is not None
    }
    if not stays:
        return {}
    instances = sorted({instance for instance, _ in stays})
    people = sorted({person for _, person in stays})
    found = await transaction.stays_of_people(source_id, instances, people)
    return {
        presence.session_id: presence
        for presence in found
        if (presence.instance_id, _identity(presence)) in stays
    }


def _identity(presence: Presence) -> str | None:
    return presence.identity or presence.participant_id


# --- where all facts are read again --------------------------------------------------------------


async def _in_marked_runs(
    transaction: LedgerTransaction, source_id: str, facts: Iterable[Fact]
) -> set[str]:
    """The presences whose stays may begin or end elsewhere because a room began or ended.

    Those are all that joined in that run of it, whether somebody told their leave or not: an end
    between two joins makes two stays of one.
    """
    marks = [fact for fact in facts if isinstance(fact, RoomStarted | RoomFinished)]
    instances = {fact.room.instance_id for fact in marks if fact.room.instance_id is not None}
    found = await transaction.stays_in_instances(source_id, sorted(instances)) if instances else []
    nameless = {(fact.room.room_id, fact.at) for fact in marks if fact.room.instance_id is None}
    rooms = sorted({room_id for room_id, _ in nameless})
    ends = await transaction.room_marks(source_id, rooms) if rooms else []
    for room_id, at in sorted(nameless):
        # A run with a name of its own bounds none that has none.
        same = [one for one in ends if one.ended and one.room.room_id == room_id]
        others = [one.at for one in same if one.room.instance_id is None]
        before = max((other for other in others if other < at), default=None)
        after = min((other for other in others if other > at), default=None)
        found += await transaction.stays_joined_between(source_id, room_id, before, after)
    return {session_id_for(source_id, presence.presence_id) for presence in found}


async def read_again(
    transaction: LedgerTransaction, rules: FoldRules, keys: Collection[str]
) -> FoldCount:
    """Read the stays of presences anew, from all the facts that are kept of them.

    `keys` are the ids of their first stays. Where no fact is left of one, its sessions go.
    """
    if not keys:
        return FoldCount()
    stored = {one.session_id: one for one in await transaction.stays(sorted(keys))}
    facts = await transaction.facts_of(sorted(keys))
    ready = await stays_ready(transaction, rules, facts)
    if rules.presences.once:
        near = await _companions(transaction, rules.source_id, [*stored.values(), *ready])
        more = {session_id_for(one.source_id, one.presence_id) for one in near.values()} - set(keys)
        if more:
            stored |= {one.session_id: one for one in await transaction.stays(sorted(more))}
            facts = {**facts, **await transaction.facts_of(sorted(more))}
            ready = await stays_ready(transaction, rules, facts)
    return await replace_stays(transaction, stored, ready)


async def replace_stays(
    transaction: LedgerTransaction, stored: Mapping[str, Presence], ready: Sequence[Presence]
) -> FoldCount:
    """Write what is ready in the place of what is stored of the same presences."""
    if gone := stored and stored.keys() - {presence.session_id for presence in ready}:
        await transaction.remove_sessions(sorted(gone))
    return await _save(transaction, stored, ready)


async def stays_ready(
    transaction: LedgerTransaction, rules: FoldRules, facts: Mapping[str, Sequence[PresenceFact]]
) -> list[Presence]:
    """The stays that all facts about some presences tell of, as they are to be stored."""
    told = [fact for same in facts.values() for fact in same]
    runs = await _runs(transaction, rules.source_id, {fact.room.room_id for fact in told})
    stays = stays_told(rules.source_id, told, runs, _lasting(transaction, rules))
    return await _settled(transaction, rules, stays, runs)


# --- both ------------------------------------------------------------------------------------


def _lasting(transaction: LedgerTransaction, rules: FoldRules) -> Rules:
    return replace(rules.presences, lasts=transaction.lasts)


async def _settled(
    transaction: LedgerTransaction, rules: FoldRules, told: Told, runs: Runs
) -> list[Presence]:
    return await _in_context(transaction, settle_all(told, runs, _lasting(transaction, rules)))


async def _runs(transaction: LedgerTransaction, source_id: str, rooms: Collection[str]) -> Runs:
    """The known runs of rooms."""
    marks = await transaction.room_marks(source_id, sorted(rooms)) if rooms else ()
    return runs_told(
        source_id,
        [
            RoomFinished(mark.room, mark.at, mark.started_at)
            if mark.ended
            else RoomStarted(mark.room, mark.at)
            for mark in marks
        ],
    )


async def _save(
    transaction: LedgerTransaction, known: Mapping[str, Presence], ready: Iterable[Presence]
) -> FoldCount:
    news = _unlike(known, ready)
    if news:
        await transaction.save_presences(news)
    return _counted(known, news)


def weighed(stored: Mapping[str, Presence], ready: Iterable[Presence]) -> FoldCount:
    """What `replace_stays` would do, which is not done."""
    return _counted(stored, _unlike(stored, ready))


def _unlike(known: Mapping[str, Presence], ready: Iterable[Presence]) -> list[Presence]:
    return [presence for presence in ready if presence != known.get(presence.session_id)]


def _counted(known: Mapping[str, Presence], news: Sequence[Presence]) -> FoldCount:
    added = sum(presence.session_id not in known for presence in news)
    return FoldCount(added, len(news) - added)


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
