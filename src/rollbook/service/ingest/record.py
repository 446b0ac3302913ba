"""Events into the ledger: each kept once, folded and committed before it is acknowledged."""

import hashlib
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rollbook.domain.events import Fact, Role, RoomFinished, RoomStarted
from rollbook.domain.limits import Intake, spans_of
from rollbook.domain.presences import session_id_for
from rollbook.domain.sessions import Rules
from rollbook.domain.sources import Refused, Source
from rollbook.domain.values import value
from rollbook.service.ingest.erased import forget_before, forget_on_arrival
from rollbook.service.ingest.fold import FoldRules, fold_facts
from rollbook.service.ingest.ports import (
    DeliveryCount,
    Ledger,
    LedgerTransaction,
    RejectionCount,
    RoomMark,
    StoredEvent,
)
from rollbook.service.platforms import Delivery

LATE_MS = 60_000
"""An event that comes this long after it happened counts as late in its source's health."""


_HASH_BYTES = 12
"""Enough where nobody but the sender of an event could gain by another one that hashes alike."""

_encode_sorted = json.JSONEncoder(sort_keys=True).encode

REMEMBERED = 50
"""Refused deliveries of a source that are remembered one by one: a flood leaves no more."""


class Outcome(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@value
class Arrival:
    """Events of one source that came together at `received_at` (ms UTC).

    `presences` and `default_role` are for folding them (FoldRules). `delivered`: whether the source
    brought them; what upkeep found says nothing of how a source is doing, and is not counted.
    `metered`: whether what it brings counts for a quota.
    """

    source: Source
    deliveries: Sequence[Delivery]
    received_at: int
    presences: Rules = field(default_factory=Rules)
    default_role: Role | None = None
    delivered: bool = True
    metered: bool = False


@value
class Rejection:
    """A delivery that was refused: of what it said, nothing is kept."""

    source: Source
    reason: str
    at: int


async def record(
    ledger: Ledger,
    arrivals: Sequence[Arrival],
    rejections: Sequence[Rejection] = (),
    lock_seconds: float | None = None,
) -> list[list[Outcome]]:
    """Keep and fold what arrived, all in one transaction; durable when this returns.

    Answers one outcome for each delivery of each arrival. Raises StoreUnavailable, and StoreLocked
    where somebody else holds an organization for `lock_seconds` (Ledger.transactions).
    """
    outcomes: list[list[Outcome]] = [[] for _ in arrivals]
    sources = [*(one.source for one in arrivals), *(one.source for one in rejections)]
    org_ids = {source.org_id for source in sources}
    async with ledger.transactions(org_ids, lock_seconds) as transactions:
        for batch in _by_source(arrivals, outcomes).values():
            await _record_batch(transactions[batch.org_id], batch)
        for source, same in _rejected(rejections):
            transaction, latest = transactions[source.org_id], same[-1]
            count = RejectionCount(len(same), latest.at, latest.reason)
            await transaction.count_rejections(source.source_id, count)
            await transaction.note_refused(source.source_id, _refused(same), REMEMBERED)
    return outcomes


@dataclass(slots=True)
class _Batch:
    """The events of one source in one transaction, and where their outcomes go."""

    org_id: str
    rules: FoldRules
    delivered: bool
    metered: bool = False
    entries: list[tuple[Delivery, int, list[Outcome]]] = field(default_factory=list)


def _by_source(arrivals: Sequence[Arrival], outcomes: Sequence[list[Outcome]]) -> dict[str, _Batch]:
    batches: dict[str, _Batch] = {}
    for arrival, own in zip(arrivals, outcomes, strict=True):
        source = arrival.source
        rules = FoldRules(source.source_id, arrival.presences, arrival.default_role)
        batch = batches.setdefault(
            source.source_id, _Batch(source.org_id, rules, arrival.delivered)
        )
        batch.metered |= arrival.metered
        batch.entries += [(delivery, arrival.received_at, own) for delivery in arrival.deliveries]
    return batches


async def _record_batch(transaction: LedgerTransaction, batch: _Batch) -> None:
    if not batch.entries:
        return
    source_id = batch.rules.source_id
    told = [
        _stored(source_id, delivery, body_hash(delivery), received_at)
        for delivery, received_at, _ in batch.entries
    ]
    kept = await forget_on_arrival(transaction, source_id, told, told[-1].received_at)
    ids = sorted({event.event_id for event in kept.events})
    hashes = dict(await transaction.known_events(source_id, ids))
    news: list[StoredEvent] = []
    for event, (_, _, own) in zip(kept.events, batch.entries, strict=True):
        known = hashes.get(event.event_id)
        if known is None:
            hashes[event.event_id] = event.body_hash
            news.append(event)
            own.append(Outcome.ACCEPTED)
        else:
            own.append(Outcome.DUPLICATE if known == event.body_hash else Outcome.CONFLICT)
    await _keep(transaction, batch.rules, news)
    if news:
        await forget_before(transaction, batch.rules, kept)
    if batch.delivered:
        await transaction.count_deliveries(source_id, _count(batch, news))
    if batch.metered and news:
        size = sum(len(event.payload.encode()) for event in news if event.payload)
        intake = Intake(len(news), size)
        await transaction.count_intake(dict.fromkeys(spans_of(news[-1].received_at), intake))


async def _keep(
    transaction: LedgerTransaction, rules: FoldRules, events: Sequence[StoredEvent]
) -> None:
    if not events:
        return
    await transaction.add_events(events)
    marks = [mark for event in events for mark in marks_told(event.event_id, event.facts)]
    if marks:
        await transaction.add_room_marks(rules.source_id, marks)
    facts = [fact for event in events for fact in event.facts]
    if facts:
        await fold_facts(transaction, rules, facts)


def marks_told(event_id: str, facts: Iterable[Fact]) -> list[RoomMark]:
    """The beginnings and ends of rooms that an event tells of."""
    return [
        RoomMark(fact.room, fact.at, event_id, ended=True, started_at=fact.started_at)
        if isinstance(fact, RoomFinished)
        else RoomMark(fact.room, fact.at, event_id, ended=False)
        for fact in facts
        if isinstance(fact, RoomStarted | RoomFinished)
    ]


def body_hash(delivery: Delivery) -> str:
    """A hash of what an event says, the same however its JSON is written: 96 bits in 16 letters."""
    digest = hashlib.sha256(_canonical(delivery).encode()).digest()
    return b64encode(digest[:_HASH_BYTES]).decode()


def _canonical(delivery: Delivery) -> str:
    said = delivery.compared
    if said is None:
        try:
            said = json.loads(delivery.payload)
        except ValueError:
            return delivery.payload
    return _encode_sorted(said)


def _stored(source_id: str, delivery: Delivery, hashed: str, received_at: int) -> StoredEvent:
    room_id, session_id = _about(source_id, delivery.facts)
    return StoredEvent(
        source_id,
        delivery.event_id,
        delivery.event_type,
        delivery.occurred_at,
        received_at,
        hashed,
        delivery.facts,
        delivery.payload,
        room_id,
        session_id,
    )


def _about(source_id: str, facts: Iterable[Fact]) -> tuple[str | None, str | None]:
    room_id = session_id = None
    for fact in facts:
        room_id = fact.room.room_id
        if not isinstance(fact, RoomStarted | RoomFinished):
            session_id = session_id_for(source_id, fact.presence_id)
    return room_id, session_id


def _count(batch: _Batch, news: Sequence[StoredEvent]) -> DeliveryCount:
    delivery, received_at, _ = batch.entries[-1]
    ignored = sum(not event.facts for event in news)
    return DeliveryCount(
        received_at,
        max(0, received_at - delivery.occurred_at),
        accepted=len(news) - ignored,
        duplicates=len(batch.entries) - len(news),
        ignored=ignored,
        late=sum(event.received_at - event.occurred_at > LATE_MS for event in news),
    )


def _rejected(rejections: Sequence[Rejection]) -> list[tuple[Source, list[Rejection]]]:
    by_source: dict[str, list[Rejection]] = {}
    for rejection in rejections:
        by_source.setdefault(rejection.source.source_id, []).append(rejection)
    return [(same[-1].source, same) for same in by_source.values()]


def _refused(rejections: Sequence[Rejection]) -> list[Refused]:
    """Those of one moment and reason together, and no more than are remembered anyway."""
    counted = Counter((rejection.at, rejection.reason) for rejection in rejections)
    refused = [Refused(at, reason, count) for (at, reason), count in counted.items()]
    return sorted(refused, key=lambda one: one.at)[-REMEMBERED:]
