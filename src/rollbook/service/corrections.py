"""What people with the right to it say of sessions: when one ended, or that it never was.

What is said is an event, of a source of its own, and counts above all other evidence. It is kept,
explained and replayed like any other, and another takes it back: nothing is ever edited in place.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rollbook.domain.errors import Conflict, InvalidInput, NotFound
from rollbook.domain.events import Corrected, EndEvidence, Room
from rollbook.domain.fields import label
from rollbook.domain.ids import OrgId
from rollbook.domain.instants import to_text
from rollbook.domain.presences import Correction, Presence, session_id_for
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.ingest.fold import FoldRules, fold_facts
from rollbook.service.ingest.ports import Ledger, LedgerTransaction, StoredEvent
from rollbook.service.organizations.ports import Organizations
from rollbook.service.organizations.sources import ensure_source, source_named
from rollbook.service.platforms import SourceKind, presences_of
from rollbook.service.reports.explain import session_named
from rollbook.service.reports.ports import History

EVENT_TYPE = "session.corrected"

MOST_NOTE = 500
"""Longest note, in characters."""

_INSIDE_MS = 60_000
"""Platforms tell a join again by other clocks: no more than so much later, it is trusted here."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """What correcting works with."""

    ledger: Ledger
    organizations: Organizations
    history: History
    kinds: Mapping[str, SourceKind]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of a session, and why: that it ended then (ms UTC), or never was.

    Neither: what was said before is taken back. `by` as in `Corrected`.
    """

    note: str
    by: str
    left_at: int | None = None
    void: bool = False


def said(note: str, by: str, *, left_at: int | None, void: bool, withdrawn: bool) -> Said:
    """What somebody says, checked as far as it can be without the session. Raises InvalidInput."""
    if (left_at is not None) + void + withdrawn != 1:
        message = "one of leftAt, void and withdrawn is required, and only one"
        raise InvalidInput(message, field="leftAt")
    return Said(_checked_note(note.strip()), by, left_at, void)


def _checked_note(note: str) -> str:
    if len(note) > MOST_NOTE:
        raise InvalidInput(f"note must be at most {MOST_NOTE} characters long", field="note")
    checked = label(note, "note")
    if checked is None:
        raise InvalidInput("note is required: it says why", field="note")
    return checked


async def correct(
    corrections: Corrections, org_id: OrgId, session_id: str, what: Said, now: int
) -> None:
    """Keep what is said of a session, and let the ledger follow; durable when this returns.

    Raises NotFound, InvalidInput for an end that cannot be, Conflict for a session that has nothing
    to correct or to take back, StoreUnavailable.
    """
    known = await session_named(corrections.history, org_id, session_id)
    _check(known, what, now)
    source = await source_named(corrections.organizations, org_id, known.source_id)
    rules = FoldRules(source.source_id, presences_of(corrections.kinds, source))
    own = await ensure_source(corrections.organizations, org_id, OwnKind.CORRECTIONS, None, now)
    async with corrections.ledger.transaction(org_id) as transaction:
        # Looked at again: only now nobody else can change it.
        session = await _held(transaction, session_id)
        _check(session, what, now)
        fact = _fact(session, what, now)
        await transaction.add_events([_event(own, session, fact, now)])
        await fold_facts(transaction, rules, [fact])
        await _require_said(transaction, session_id, fact)


async def _held(transaction: LedgerTransaction, session_id: str) -> Presence:
    found = await transaction.presences([session_id])
    if not found:
        raise NotFound("There is no such session")
    return found[0]


def _check(session: Presence, what: Said, now: int) -> None:
    if session.joined_at is None:
        raise Conflict("The beginning of this session is not known, and no report counts it")
    if what.left_at is not None and what.left_at < session.joined_at:
        message = f"leftAt must not be before the session began, {to_text(session.joined_at)}"
        raise InvalidInput(message, field="leftAt")
    if what.left_at is not None and what.left_at > now:
        raise InvalidInput("leftAt must not be later than now", field="leftAt")
    takes_back = what.left_at is None and not what.void
    if takes_back and not _is_corrected(session):
        raise Conflict("Nothing was said of this session that could be taken back")


def _is_corrected(session: Presence) -> bool:
    before = session.correction
    return before is not None and (before.void or before.left_at is not None)


def _fact(session: Presence, what: Said, now: int) -> Corrected:
    # Later than what was said before, whatever the clock of that machine: the latest word counts.
    before = session.correction
    at = now if before is None else max(now, before.at + 1)
    room = Room(session.room_id, instance_id=session.instance_id)
    within = _instant_within(session, now)
    return Corrected(
        session.presence_id, room, at, within, what.left_at, what.void, what.note, what.by
    )


def _instant_within(session: Presence, now: int) -> int:
    """An instant of the stay that stays one of it where its join is told better later on."""
    corrected = session.left_by is EndEvidence.CORRECTED
    began, ended = session.joined_at or 0, session.told_left_at if corrected else session.left_at
    lasted = max(0, (now if ended is None else ended) - began)
    return began + min(lasted // 2, _INSIDE_MS)


def _event(own: Source, session: Presence, fact: Corrected, now: int) -> StoredEvent:
    return StoredEvent(
        own.source_id,
        f"{session.session_id}:{fact.at}",
        EVENT_TYPE,
        fact.at,
        now,
        "",
        (fact,),
        None,
        session.room_id,
        session_id_for(session.source_id, session.presence_id),
    )


async def _require_said(transaction: LedgerTransaction, session_id: str, fact: Corrected) -> None:
    """Raises Conflict, and so leaves nothing behind, where what was said did not reach its stay."""
    session = await _held(transaction, session_id)
    if session.correction != Correction(fact.at, fact.left_at, fact.void):
        raise Conflict("This session began together with another of the same id")
