"""Erasing people: a pseudonym wherever they are named, and the same credits as before.

First the ledger remembers whom it forgets: from then on nothing that comes in tells of them. Then their
sessions are folded anew under the pseudonym, some at a time. Last, all events of the organization are
looked through for what else names them, by whoever has time: the command itself, or upkeep.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from rollbook.domain.audit import Action, Doer
from rollbook.domain.erasing import Erased
from rollbook.domain.errors import Conflict
from rollbook.domain.events import Participant, about_presences
from rollbook.domain.leaving_out import LeftOut
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.values import value
from rollbook.service.ingest.erased import (
    OWN_CORRECTION,
    erased_among,
    erased_of,
    forget_presences,
    said_without,
    without_erased,
)
from rollbook.service.ingest.fold import FoldRules, read_again
from rollbook.service.ingest.ports import (
    ErasingTransaction,
    Erasures,
    KeptEvent,
    StoredEvent,
    Unfinished,
)
from rollbook.service.organizations.ports import Organizations
from rollbook.service.platforms import SourceKind, presences_of

_SESSIONS = 100
_EVENTS = 500


@value
class Erasing:
    """What erasing works with."""

    erasures: Erasures
    organizations: Organizations
    kinds: Mapping[str, SourceKind]

    def by(self, doer: Doer) -> "Erasing":
        """The same, done by somebody: what is noted says so."""
        return replace(self, organizations=self.organizations.by(doer))


async def erase(
    erasing: Erasing, org_id: str, uid: str, now: int, *, remembered: bool = True
) -> str:
    """Erase a person; answers their pseudonym, which no deed but this tells anybody.

    When this returns, no report, page or export names them. Events that name them without being about
    them are looked through by `look_on`. Who was erased before is erased again, by the same pseudonym.
    Who is not `remembered` is somebody new when they come back. Raises Conflict for a person who is left
    out, and for a pseudonym.
    """
    kind = Unfinished.ID if remembered else Unfinished.PASSING
    rules = await _rules(erasing, org_id)
    async with erasing.erasures.erasing(org_id) as transaction:
        pseudonyms = await transaction.known_pseudonyms()
        names, identities = await transaction.names(uid), await transaction.identities(uid)
        _refuse_left_out(rules.values(), uid, names, identities)
        pseudonym = pseudonyms.of(uid)
        known, _ = await transaction.erased_among([pseudonym, uid])
        if uid in known:
            raise Conflict(f"{uid} is the pseudonym of somebody who was erased already")
        ids = [pseudonym, *map(pseudonyms.of, identities)]
        await transaction.note_erased(sorted(set(ids)), now, kind)
        words = {pseudonyms.of(name) for name in names if " " in name} - set(ids)
        await transaction.note_erased(sorted(words), now, Unfinished.NAME)
        await transaction.rename_person(uid, pseudonym)
    async with erasing.organizations.changing(org_id) as change:
        await change.note(Action.ERASED, "a person")
    more = True
    while more:
        async with erasing.erasures.erasing(org_id) as transaction:
            more = await _erase_sessions(transaction, rules, uid)
    await _settle(erasing.erasures, rules, org_id, pseudonym)
    return pseudonym


async def look_on(erasing: Erasing, org_id: str) -> bool:
    """Look through some more events for who was erased; whether there are more of them."""
    rules = await _rules(erasing, org_id)
    async with erasing.erasures.erasing(org_id) as transaction:
        since = await transaction.looked_through()
        if since is None:
            return False
        kept, until = await transaction.events_after(since, _EVENTS)
        await _erase_in(transaction, rules, kept)
        if until is not None:
            await transaction.note_looked_through(until)
            return True
        pending = await transaction.unfinished()
    for pseudonym in pending:
        await _settle(erasing.erasures, rules, org_id, pseudonym)
    async with erasing.erasures.erasing(org_id) as transaction:
        if await transaction.looked_through() == since:
            await transaction.finish()
            return False
    return True  # somebody else was erased meanwhile


async def _rules(erasing: Erasing, org_id: str) -> dict[str, FoldRules]:
    return {
        source.source_id: FoldRules(
            source.source_id, presences_of(source, erasing.kinds.get(source.kind))
        )
        for source in await erasing.organizations.sources(org_id)
    }


def _refuse_left_out(
    rules: Iterable[FoldRules], uid: str, names: Iterable[str], identities: Iterable[str]
) -> None:
    """Raises Conflict for who is left out: under a pseudonym, no pattern would know them."""
    people = [Participant(uid, name) for name in (None, *names)]
    people += [Participant(uid, None, None, identity) for identity in identities]
    for one in rules:
        left_out: LeftOut = one.presences.left_out
        if any(map(left_out.has, people)):
            raise Conflict(
                f"source {one.source_id} leaves this person out (leave_out_names, leave_out_ids), and"
                " under a pseudonym would not: take the pattern away first, so that reports show what"
                " is to be erased"
            )


async def _erase_sessions(
    transaction: ErasingTransaction, rules: Mapping[str, FoldRules], uid: str
) -> bool:
    """Some of a person's sessions under their pseudonym; whether there are more."""
    stays = await transaction.sessions_of(uid, _SESSIONS)
    erased = await erased_of(transaction, [uid, *_ids(stays)])
    by_source: dict[str, list[Presence]] = defaultdict(list)
    for stay in stays:
        by_source[stay.source_id].append(stay)
    for source_id, some in by_source.items():
        own = rules.get(source_id, FoldRules(source_id))
        keys = {session_id_for(source_id, stay.presence_id) for stay in some}
        await forget_presences(transaction, own, erased, keys)
    left = await transaction.sessions_of(uid, _SESSIONS)
    same = {stay.session_id for stay in left} & {stay.session_id for stay in stays}
    # Which no event tells, as in ledgers of early builds.
    await _rename(transaction, erased, [stay for stay in left if stay.session_id in same])
    return bool(left)


def _ids(stays: Iterable[Presence]) -> list[str]:
    return [stay.identity for stay in stays if stay.identity is not None]


async def _rename(transaction: ErasingTransaction, erased: Erased, stays: list[Presence]) -> None:
    await transaction.remove_sessions([stay.session_id for stay in stays])
    await transaction.save_presences(map(erased.stay, stays))


async def _erase_in(
    transaction: ErasingTransaction, rules: Mapping[str, FoldRules], kept: list[KeptEvent]
) -> None:
    """Events without what tells of who was erased."""
    erased = await erased_among(transaction, (one.event for one in kept))
    if erased is None:
        return
    presences: dict[str, set[str]] = defaultdict(set)
    others: list[tuple[KeptEvent, StoredEvent]] = []
    for one in kept:
        event = one.event
        facts = about_presences(event.facts)
        if event.event_type == OWN_CORRECTION:
            # Where it is of a session of theirs, it goes with that.
            others.append((one, said_without(erased, event)))
        elif any(erased.fact(fact, theirs=False) != fact for fact in facts):
            keys = {session_id_for(event.source_id, fact.presence_id) for fact in facts}
            presences[event.source_id] |= keys
        else:
            others.append((one, without_erased(erased, event.source_id, event)))
    await transaction.replace_events([(one, now) for one, now in others if now != one.event])
    for source_id, keys in presences.items():
        own = rules.get(source_id, FoldRules(source_id))
        await forget_presences(transaction, own, erased, keys)


async def _settle(
    erasures: Erasures, rules: Mapping[str, FoldRules], org_id: str, pseudonym: str
) -> None:
    """A person's stays may end one another, and some were folded before others had the pseudonym."""
    after = ""
    while True:
        async with erasures.erasing(org_id) as transaction:
            stays = await transaction.sessions_after(pseudonym, after, _SESSIONS)
            for source_id in {stay.source_id for stay in stays}:
                own = rules.get(source_id, FoldRules(source_id))
                keys = {
                    session_id_for(source_id, stay.presence_id)
                    for stay in stays
                    if stay.source_id == source_id
                }
                if own.presences.once:
                    told = await transaction.facts_of(sorted(keys))
                    await read_again(transaction, own, keys & told.keys())
        if not stays:
            return
        after = stays[-1].session_id
