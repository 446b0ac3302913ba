"""What is told of people who were erased is forgotten before it is kept.

The same is done with what was kept already: an erasure looks through all events by these functions
(upkeep/erasing.py), so that it makes no difference which of both comes first.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from rollbook.domain.erasing import (
    ERASED,
    LONGEST_PAYLOAD,
    PREFIX,
    Erased,
    ids_in,
    ids_of,
    words_in,
)
from rollbook.domain.events import Corrected, Fact, Joined, Left, about_presences
from rollbook.domain.presences import session_id_for
from rollbook.domain.retention import Addresses, with_address_kept, with_addresses_kept
from rollbook.domain.values import value
from rollbook.service.ingest.fold import FoldRules, read_again
from rollbook.service.ingest.ports import LedgerTransaction, StoredEvent, Unfinished

OWN_IMPORT = "session.imported"
OWN_CORRECTION = "session.corrected"


async def erased_among(
    transaction: LedgerTransaction, events: Iterable[StoredEvent], now: int | None = None
) -> Erased | None:
    """Who of those that some events tell of was erased; None where nobody was at all.

    With `now` (ms UTC) the ids are remembered too by which a platform knows somebody erased and that it had
    not told before.
    """
    if transaction.pseudonyms is None:
        return None
    told = list(events)
    erased = await erased_of(transaction, (text for event in told for text in _texts(event)))
    fresh = {
        erased.pseudonyms.of(identity)
        for event in told
        for identity in _identities(erased, event.facts)
    } - set(erased.known)
    if fresh and now is not None:
        await transaction.note_erased(sorted(fresh), now, Unfinished.ID)
    return replace(erased, known={*erased.known, *fresh})


async def erased_of(transaction: LedgerTransaction, texts: Iterable[str]) -> Erased:
    """Who of those that have these ids was erased; the organization has pseudonyms."""
    pseudonyms = transaction.pseudonyms
    if pseudonyms is None:
        raise AssertionError("asked of an organization where nobody was erased")
    asked = set(texts)
    made = {pseudonyms.of(text) for text in asked}
    made |= {text for text in asked if text.startswith(PREFIX)}
    known, words = await transaction.erased_among(sorted(made)) if made else (set(), set())
    return Erased(pseudonyms, frozenset(known), frozenset(words))


def _texts(event: StoredEvent) -> Iterable[str]:
    yield from ids_in(event.event_id)
    for fact in event.facts:
        yield from ids_of(fact)
    if event.payload is not None and len(event.payload) <= LONGEST_PAYLOAD:
        yield from words_in(event.payload)


def _identities(erased: Erased, facts: Iterable[Fact]) -> Iterable[str]:
    for fact in facts:
        who = fact.participant if isinstance(fact, Joined | Left) else None
        if who is not None and who.identity is not None and erased.has(who.uid):
            yield who.identity


def without_erased(
    erased: Erased, source_id: str, event: StoredEvent, theirs: Mapping[str, bool] | None = None
) -> StoredEvent:
    """An event as it is kept.

    `theirs` are the keys of presences of erased people, and whether what was said of each goes too.
    `source_id` is that of the presences, which corrections of them do not have.
    """
    about, known = about_presences(event.facts), theirs or {}
    keys = {session_id_for(source_id, fact.presence_id) for fact in about}
    own = bool(keys & known.keys()) or any(map(erased.tells_of, about))
    facts = tuple(erased.fact(fact, theirs=own) for fact in event.facts)
    renamed = _keys_now(source_id, about, about_presences(facts))
    if event.event_type == OWN_CORRECTION:
        unsaid = any(known.get(key) for key in keys)
        return _correction(erased, event._replace(facts=facts), renamed, unsaid=unsaid)
    event_id = event.event_id
    if event.event_type != OWN_IMPORT:
        event_id = erased.thing_id(event_id)
        for before, now in renamed.items():
            event_id = event_id.replace(before, now)  # ids of our own events are made of it
    payload = event.payload
    if own or event_id != event.event_id:
        payload = None
    elif payload is not None and erased.mentioned_in(payload):
        # Without facts it may be all about them.
        keep = event.facts and len(payload) <= LONGEST_PAYLOAD
        payload = erased.without(payload) if keep else None
    return event._replace(
        event_id=event_id, facts=facts, payload=payload, session_id=_key_now(event, renamed)
    )


def _key_now(event: StoredEvent, renamed: Mapping[str, str]) -> str | None:
    """What the event is found by: as much of a presence's key as the event has."""
    for before, now in renamed.items():
        if event.session_id is not None and before.startswith(event.session_id):
            return now
    return event.session_id


def _correction(
    erased: Erased, event: StoredEvent, renamed: Mapping[str, str], *, unsaid: bool
) -> StoredEvent:
    """What somebody said of a session; `unsaid` without their words. Who said it explains the number."""
    facts, payload = event.facts, event.payload
    if unsaid:
        facts = tuple(
            replace(fact, note=ERASED) if isinstance(fact, Corrected) else fact for fact in facts
        )
        payload = _without_note(payload)
    elif payload is not None and erased.mentioned_in(payload):
        payload = erased.without(payload)
    return event._replace(facts=facts, payload=payload, session_id=_key_now(event, renamed))


def _keys_now(source_id: str, before: Sequence[Fact], now: Sequence[Fact]) -> dict[str, str]:
    """The keys of the presences of which facts tell that have another id now."""
    ids = {
        one.presence_id: other.presence_id
        for one, other in zip(about_presences(before), about_presences(now), strict=True)
    }
    return {
        session_id_for(source_id, one): session_id_for(source_id, other)
        for one, other in ids.items()
        if one != other
    }


def _without_note(payload: str | None) -> str | None:
    try:
        said = json.loads(payload or "")
    except ValueError:
        return None
    # The session may have another id now.
    kept = {name: value for name, value in said.items() if name != "sessionId"}
    return json.dumps(kept | {"note": ERASED}, ensure_ascii=False)


# --- as events come in -----------------------------------------------------------------------


@value
class Kept:
    """Events as they are to be kept, and the presences of erased people that they tell of."""

    events: Sequence[StoredEvent]
    theirs: frozenset[str] = frozenset()
    erased: Erased | None = None


async def forget_on_arrival(
    transaction: LedgerTransaction,
    source_id: str,
    events: Sequence[StoredEvent],
    now: int | None,
) -> Kept:
    """Events of a source that came just now, before any of them is kept; `now` as in erased_among."""
    if transaction.addresses is not Addresses.WHOLE:
        events = [_with_addresses_kept(event, transaction.addresses) for event in events]
    erased = await erased_among(transaction, events, now)
    if erased is None:
        return Kept(events)
    facts = [fact for event in events for fact in about_presences(event.facts)]
    theirs = {
        session_id_for(source_id, fact.presence_id) for fact in facts if erased.tells_of(fact)
    }
    nameless = {
        session_id_for(source_id, fact.presence_id)
        for fact in facts
        if isinstance(fact, Left) and fact.participant is None
    }
    theirs |= await _of_erased(transaction, nameless - theirs)
    known = dict.fromkeys(theirs, False)
    kept = [without_erased(erased, source_id, event, known) for event in events]
    now_theirs = {
        session_id_for(source_id, erased.thing_id(fact.presence_id))
        for fact in facts
        if session_id_for(source_id, fact.presence_id) in theirs
    }
    return Kept(kept, frozenset(now_theirs), erased)


def _with_addresses_kept(event: StoredEvent, kept: Addresses) -> StoredEvent:
    return event._replace(
        facts=tuple(with_address_kept(fact, kept) for fact in event.facts),
        payload=event.payload and with_addresses_kept(event.payload, kept),
    )


async def _of_erased(transaction: LedgerTransaction, keys: Collection[str]) -> set[str]:
    """Those of these presences that are known to be of somebody erased."""
    if not keys:
        return set()
    stays = await transaction.presences(sorted(keys))
    people = {one.participant_id for one in stays if one.participant_id is not None}
    pseudonyms = sorted(uid for uid in people if uid.startswith(PREFIX))
    known, _ = await transaction.erased_among(pseudonyms) if pseudonyms else (set(), set())
    return {one.session_id for one in stays if one.participant_id in known}


async def forget_before(transaction: LedgerTransaction, rules: FoldRules, kept: Kept) -> None:
    """What was kept of the same presences, before anybody told whose they are, is forgotten too."""
    if kept.erased is not None and kept.theirs:
        await forget_presences(transaction, rules, kept.erased, kept.theirs)


# --- what was kept before --------------------------------------------------------------------


async def forget_presences(
    transaction: LedgerTransaction, rules: FoldRules, erased: Erased, keys: Collection[str]
) -> None:
    """Keep nothing of who was erased in the events of these presences, and fold them anew.

    `keys` are the ids of their first stays.
    """
    kept = await transaction.events_of(sorted(keys))
    source_id = rules.source_id
    theirs: dict[str, bool] = {}
    for one in kept:
        for fact in about_presences(one.event.facts):
            if erased.tells_of(fact):
                key = session_id_for(source_id, fact.presence_id)
                theirs[key] = theirs.get(key, False) or erased.names(fact)
    pairs = [(one, without_erased(erased, source_id, one.event, theirs)) for one in kept]
    changed = [(one, event) for one, event in pairs if event != one.event]
    if not changed:
        return
    await transaction.replace_events(changed)
    now = {
        session_id_for(source_id, fact.presence_id)
        for _, event in pairs
        for fact in about_presences(event.facts)
    }
    gone = {session_id_for(source_id, fact.presence_id)
            for one in kept for fact in about_presences(one.event.facts)} - now  # fmt: skip
    await transaction.forget_sightings(source_id, sorted(gone))
    await read_again(transaction, rules, now | gone)


def said_without(erased: Erased, event: StoredEvent) -> StoredEvent:
    """What somebody said of another's session, without the name of who was erased."""
    facts = tuple(
        replace(fact, note=erased.without(fact.note))
        if isinstance(fact, Corrected) and erased.mentioned_in(fact.note)
        else fact
        for fact in event.facts
    )
    return _correction(erased, event._replace(facts=facts), {}, unsaid=False)
