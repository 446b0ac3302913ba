"""Corrections: what a person with the right to it says of a session, above all other evidence.

A correction is an event like any other, of a source of its own: it is kept, explained, rebuilt from,
and taken back by another. Nothing that was told before is edited.
"""

import json
from collections.abc import Mapping

from rollbook.domain import presences
from rollbook.domain.errors import Conflict, InvalidInput, NotFound
from rollbook.domain.events import Corrected, EndEvidence, Room
from rollbook.domain.ids import OrgId, random_text
from rollbook.domain.instants import optional_text, to_text
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.said import checked_note
from rollbook.domain.sources import OwnKind, Source
from rollbook.domain.values import value
from rollbook.service.ingest.fold import FoldRules, fold_facts
from rollbook.service.ingest.ports import Ledger, LedgerTransaction, StoredEvent
from rollbook.service.organizations.ports import Organizations
from rollbook.service.organizations.sources import ensure_source, source_named
from rollbook.service.platforms import SourceKind, presences_of
from rollbook.service.reports.explain import session_named
from rollbook.service.reports.ports import History

EVENT_TYPE = "session.corrected"

_INSIDE_MS = 60_000
"""A platform may tell a join twice, by other clocks: so far inside, an instant is still of the stay."""


@value
class Correction:
    """What is said of a session: when it ended (ms UTC), or that it never was, and why.

    Neither: what was said before no longer counts. `by` names who says it. Raises InvalidInput.
    """

    note: str
    by: str
    left_at: int | None = None
    void: bool = False

    def __post_init__(self) -> None:
        if self.void and self.left_at is not None:
            raise InvalidInput("a session either ended or never was: say one of them", field="void")
        checked_note(self.note)


@value
class Corrections:
    """What correcting a session works with."""

    ledger: Ledger
    organizations: Organizations
    history: History
    kinds: Mapping[str, SourceKind]

    async def correct(
        self, org_id: OrgId, session_id: str, correction: Correction, now: int
    ) -> Presence:
        """Correct a session; durable when this returns. Answers the session as it is now.

        Raises NotFound, Conflict where nobody knows when it began, InvalidInput for an end before its
        join or in the future, and StoreUnavailable.
        """
        known = await session_named(self.history, org_id, session_id)
        _check(known, correction, now)
        source = await source_named(self.organizations, org_id, known.source_id)
        behave = presences_of(source, self.kinds.get(source.kind))
        rules = FoldRules(source.source_id, behave)
        own = await ensure_source(self.organizations, org_id, OwnKind.CORRECTIONS, None, now)
        async with self.ledger.transaction(org_id) as transaction:
            # Looked at again: from now on nobody else can say or tell anything of it.
            presence = await _current(transaction, session_id)
            _check(presence, correction, now)
            fact = _fact(presence, correction, now)
            await transaction.add_events([_event(own, presence, fact, correction.by)])
            await fold_facts(transaction, rules, [fact])
            return await _corrected(transaction, presence, fact)


async def _current(transaction: LedgerTransaction, session_id: str) -> Presence:
    found = await transaction.presences([session_id])
    if not found:
        raise NotFound("There is no such session")
    return found[0]


async def _corrected(transaction: LedgerTransaction, before: Presence, fact: Corrected) -> Presence:
    """The session as it is now, or as it was where its source leaves such people out by now.

    Raises Conflict, which leaves nothing behind, where what was said went to another stay.
    """
    found = await transaction.presences([before.session_id])
    wanted = presences.Correction(fact.at, fact.left_at, fact.void)
    if found and found[0].correction != wanted:
        raise Conflict("This session lasted no time, and another of the same id began with it")
    return found[0] if found else before


def _check(presence: Presence, correction: Correction, now: int) -> None:
    joined_at, left_at = presence.joined_at, correction.left_at
    if joined_at is None:
        raise Conflict("Nobody knows when this session began, so no report counts it")
    if left_at is not None and not joined_at <= left_at <= now:
        message = f"leftAt must be from the join, {to_text(joined_at)}, to now"
        raise InvalidInput(message, field="leftAt")


def _fact(presence: Presence, correction: Correction, now: int) -> Corrected:
    before = presence.correction
    return Corrected(
        presence.presence_id,
        Room(presence.room_id, instance_id=presence.instance_id),
        # Later than what was said before, even in the same millisecond: the last word counts.
        max(now, before.at + 1 if before else now),
        _instant_within(presence, now),
        correction.left_at,
        correction.void,
        correction.note.strip(),
    )


def _instant_within(presence: Presence, now: int) -> int:
    """An instant of the stay that is still one of it when its join is told better later on."""
    began, ended = presence.joined_at or 0, presence.left_at
    if presence.left_by is EndEvidence.CORRECTED:
        ended = presence.told_left_at
    lasted = max(0, (now if ended is None else ended) - began)
    return began + min(lasted // 2, _INSIDE_MS)


def _event(source: Source, presence: Presence, fact: Corrected, by: str) -> StoredEvent:
    said = {
        "event": EVENT_TYPE,
        "sessionId": presence.session_id,
        "leftAt": optional_text(fact.left_at),
        "void": fact.void,
        "withdrawn": fact.left_at is None and not fact.void,
        "note": fact.note,
        "by": by,
    }
    return StoredEvent(
        source.source_id,
        f"{fact.at}:{random_text(10)}",
        EVENT_TYPE,
        fact.at,
        fact.at,
        "",
        (fact,),
        json.dumps(said, ensure_ascii=False),
        # It is found by the presence that it is about, and belongs to no room that could be rebuilt.
        None,
        session_id_for(presence.source_id, presence.presence_id),
    )
