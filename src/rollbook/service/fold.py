"""Facts into stored sessions, inside a transaction that holds their organization."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rollbook.domain.events import Fact, Joined, Left
from rollbook.domain.sessions import Presence, merge, merge_all, presence_of, settle
from rollbook.service.ports import LedgerTransaction, PersonNote, RoomNote


@dataclass(frozen=True, slots=True)
class FoldCount:
    """How many sessions a fold added, and how many it knew before and learned more about."""

    added: int
    changed: int


async def fold_facts(
    transaction: LedgerTransaction, source_id: str, facts: Iterable[Fact]
) -> FoldCount:
    """Fold facts of one source into the ledger; facts that are known already change nothing."""
    stays = [fact for fact in facts if isinstance(fact, Joined | Left)]
    told = merge_all(presence_of(source_id, fact) for fact in stays)
    known = {p.session_id: p for p in await transaction.presences(list(told))}
    folded = [_settled(known, presence) for presence in told.values()]
    news = [presence for presence in folded if presence != known.get(presence.session_id)]
    if news:
        await transaction.save_presences(news)
    await _note(transaction, stays)
    added = sum(presence.session_id not in known for presence in news)
    return FoldCount(added, len(news) - added)


def _settled(known: Mapping[str, Presence], told: Presence) -> Presence:
    before = known.get(told.session_id)
    return settle(told if before is None else merge(before, told))


async def _note(transaction: LedgerTransaction, facts: Iterable[Joined | Left]) -> None:
    """Keep names, roles and titles. Only the last telling of each in these facts is written."""
    people: dict[tuple[str, str | None, str | None], PersonNote] = {}
    rooms: dict[tuple[str, str | None], RoomNote] = {}
    for fact in facts:
        if fact.participant is not None:
            who = fact.participant
            note = people.get((who.uid, who.name, who.role))
            if note is None or note.at < fact.at:
                people[who.uid, who.name, who.role] = PersonNote(who, fact.at)
        room = rooms.get((fact.room.room_id, fact.room.title))
        if room is None or room.at < fact.at:
            rooms[fact.room.room_id, fact.room.title] = RoomNote(fact.room, fact.at)
    await transaction.note_people(people.values())
    await transaction.note_rooms(rooms.values())
