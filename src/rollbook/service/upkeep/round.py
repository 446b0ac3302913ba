"""Upkeep: closing what nobody closed, opening what nobody told, one process for all.

Whatever it finds becomes an event like a platform's own, so that it is kept, replayed and
corrected like one. The ids of these events say what was found: finding it again adds nothing.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rollbook.domain.audit import WHOLE_SERVICE, entries_before
from rollbook.domain.errors import Conflict, SecretKeyMissing, StoreUnavailable
from rollbook.domain.events import Ended, EndEvidence, Room
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.silence import KEPT_MS
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.ingest.fold import FoldRules
from rollbook.service.ingest.ports import Erasures, Ledger
from rollbook.service.ingest.record import Arrival, Outcome, record
from rollbook.service.organizations.ports import Audit, Organizations
from rollbook.service.organizations.share_ports import SharedLinks
from rollbook.service.organizations.sign_in import SESSION_MS
from rollbook.service.organizations.user_ports import Users
from rollbook.service.platforms import (
    Delivery,
    ListedPerson,
    Listing,
    PlatformRooms,
    PlatformUnavailable,
    SourceKind,
    presences_of,
    translation_settings,
)
from rollbook.service.upkeep.clocks import ClockWatch, take_back
from rollbook.service.upkeep.erasing import Erasing, erase, look_on
from rollbook.service.upkeep.lease import Lease
from rollbook.service.upkeep.ports import RetentionStore, UpkeepStore
from rollbook.service.upkeep.reconcile import compare
from rollbook.service.upkeep.retention import forget, forget_agents_told_before, forget_entries

LOOK_SECONDS = 20
"""How long a platform may take to say who is in its rooms."""


_LOOKS_AT_A_TIME = 8

_HOUR_MS = 3_600_000


_BATCH = 500

_DAY_MS = 86_400_000


_TYPES = {
    EndEvidence.RECONCILED: "rollbook.reconciled",
    EndEvidence.TIMED_OUT: "rollbook.timed_out",
}


class Log(Protocol):
    """Where upkeep says what it did."""

    def info(self, event: str, **said: object) -> object: ...

    def warning(self, event: str, **said: object) -> object: ...

    def exception(self, event: str, **said: object) -> object: ...


@dataclass(slots=True)
class Hourly:
    """Says whether an hour is over since it last said so."""

    _last: int | None = None

    def due(self, now: int) -> bool:
        """Whether something is to be done at `now` (ms UTC), which need not be done more often."""
        if self._last is not None and 0 <= now - self._last < _HOUR_MS:
            return False
        self._last = now
        return True


@dataclass(slots=True)
class Upkeep:
    """What upkeep works with. `unreachable` are the sources whose platform did not answer."""

    store: UpkeepStore
    retention: RetentionStore
    audit: Audit
    audit_days: int
    """For how many days it is kept who changed what; 0 is for ever."""
    users: Users
    shared_links: SharedLinks
    ledger: Ledger
    organizations: Organizations
    erasures: Erasures
    kinds: Mapping[str, SourceKind]
    platforms: Mapping[str, PlatformRooms]
    lease: Lease
    log: Log
    now: Callable[[], int]
    steady: Callable[[], int] | None = None
    """A clock that nobody sets, in ms from whenever it began."""

    watch: ClockWatch = field(default_factory=ClockWatch)
    unreachable: set[str] = field(default_factory=set)
    tidying: Hourly = field(default_factory=Hourly)
    shedding: bool = False
    """Whether something was forgotten that the database's own log may still hold."""

    @property
    def erasing(self) -> Erasing:
        return Erasing(self.erasures, self.organizations, self.kinds)


async def keep_up(upkeep: Upkeep) -> bool:
    """Go through all organizations once; False where that is another process's work.

    Raises StoreUnavailable, maybe in a group.
    """
    clock = upkeep.watch.look(upkeep.now(), upkeep.steady() if upkeep.steady else None)
    if not await upkeep.lease.held():
        return False
    timeouts = await upkeep.organizations.session_timeouts()
    sources = [
        source for org_id in timeouts for source in await upkeep.organizations.sources(org_id)
    ]
    # What needs no platform comes first: no platform can keep it waiting.
    if clock.was_ahead:
        for source in sources:
            work = _take_back(upkeep, source, timeouts[source.org_id])
            await _guarded(upkeep, work, source=source.source_id)
    if clock.believed:
        await _go_by_the_clock(upkeep, sources, timeouts)
    else:
        upkeep.log.warning("the clock jumped ahead: time-outs and forgetting wait ten minutes")
    for org_id in await upkeep.organizations.erasing():
        await _guarded(upkeep, _look_for_erased(upkeep, org_id), organization=org_id)
    if upkeep.shedding:
        upkeep.shedding = not await upkeep.store.shed_log()
    turns = asyncio.Semaphore(_LOOKS_AT_A_TIME)
    async with asyncio.TaskGroup() as group:
        for source in sources:
            work = _look(upkeep, source, turns)
            group.create_task(_guarded(upkeep, work, source=source.source_id))
    return True


async def _go_by_the_clock(
    upkeep: Upkeep, sources: Sequence[Source], timeouts: Mapping[str, int]
) -> None:
    for source in sources:
        work = _time_out(upkeep, source, timeouts[source.org_id])
        await _guarded(upkeep, work, source=source.source_id)
    await _forget_entries(upkeep, timeouts)
    if upkeep.tidying.due(upkeep.now()):
        for source in sources:
            await _guarded(upkeep, _tidy(upkeep, source), source=source.source_id)
        for org_id in timeouts:
            await _guarded(upkeep, _end_sign_ins(upkeep, org_id), organization=org_id)
            await _guarded(upkeep, _end_links(upkeep, org_id), organization=org_id)
    for org_id, retention in (await upkeep.organizations.retentions()).items():
        now, held = upkeep.now(), upkeep.lease.held
        work = forget(upkeep.retention, org_id, retention, now, held)
        await _guarded(upkeep, work, organization=org_id)
        work = forget_agents_told_before(upkeep.retention, org_id, retention, now, held)
        await _guarded(upkeep, work, organization=org_id)
        work = _forget_people(upkeep, org_id, retention.people_before(now))
        await _guarded(upkeep, work, organization=org_id)


async def _forget_people(upkeep: Upkeep, org_id: str, before: int | None) -> None:
    """Once a day: who was not seen for long goes nameless, and no credit with them."""
    store = upkeep.retention
    if before is None or not await store.is_due(org_id, "people", before, _DAY_MS):
        return
    gone = await store.people_not_seen_since(org_id, before)
    for uid in gone:
        if not await upkeep.lease.held():
            return
        try:
            await erase(upkeep.erasing, org_id, uid, upkeep.now(), remembered=False)
        except Conflict as error:
            upkeep.log.warning(
                "somebody is not forgotten", organization=org_id, reason=error.message
            )
            await store.note_done(org_id, "people", before)
    if gone:
        upkeep.log.info("people not seen for long", organization=org_id, forgotten=len(gone))
    else:
        await store.note_done(org_id, "people", before)


async def _look_for_erased(upkeep: Upkeep, org_id: str) -> None:
    """Look through the events of an organization where people were erased."""
    more = True
    while more and await upkeep.lease.held():
        more = await look_on(upkeep.erasing, org_id)
    if not more:
        upkeep.shedding = True
        upkeep.log.info("all events were looked through for people erased", organization=org_id)


async def _forget_entries(upkeep: Upkeep, org_ids: Iterable[str]) -> None:
    before = entries_before(upkeep.audit_days, upkeep.now())
    if before is None:
        return
    for org_id in (WHOLE_SERVICE, *org_ids):
        work = forget_entries(upkeep.audit, org_id, before, upkeep.lease.held)
        await _guarded(upkeep, work, organization=org_id)


async def _end_sign_ins(upkeep: Upkeep, org_id: str) -> None:
    if await upkeep.lease.held():
        await upkeep.users.forget_sign_ins(org_id, upkeep.now() - SESSION_MS)


async def _end_links(upkeep: Upkeep, org_id: str) -> None:
    if await upkeep.lease.held():
        await upkeep.shared_links.forget_shared(org_id, upkeep.now())


async def _tidy(upkeep: Upkeep, source: Source) -> None:
    if await upkeep.lease.held():
        before = upkeep.now() - KEPT_MS
        await upkeep.store.forget_quarters(source.org_id, source.source_id, before)


async def _guarded(upkeep: Upkeep, work: Coroutine[None, None, None], **whose: str) -> None:
    """One's trouble must not stop the others, unless it is everybody's: the database."""
    try:
        await work
    except StoreUnavailable:
        raise
    except Exception:
        upkeep.log.exception("a part of upkeep failed", **whose)


async def _time_out(upkeep: Upkeep, source: Source, seconds: int) -> None:
    """Close the sessions of a source that are open for longer than its organization allows."""
    if seconds == 0 or source.kind == OwnKind.IMPORT:
        return
    lasts = seconds * 1000
    full = True
    while full and await upkeep.lease.held():
        overdue = await upkeep.store.overdue(
            source.org_id, source.source_id, upkeep.now() - lasts, _BATCH
        )
        ends = [_timed_out(presence, lasts) for presence in overdue]
        recorded = await _record(upkeep, source, [_ended(source, end) for end in ends])
        # Where nothing new was recorded, the same sessions would come again and again.
        full = len(overdue) == _BATCH and recorded > 0


async def _take_back(upkeep: Upkeep, source: Source, seconds: int) -> None:
    """Take back the time-outs of a source that a clock which ran ahead had put into the future."""
    count, full = 0, seconds > 0
    while full and await upkeep.lease.held():
        now = upkeep.now()
        early = await upkeep.store.timed_out_after(
            source.org_id, source.source_id, now, now - seconds * 1000, _BATCH
        )
        if early:
            await take_back(upkeep.ledger, source, _fold_rules(upkeep, source), _events(early))
            count += len(early)
        full = len(early) == _BATCH
    if count:
        upkeep.log.warning(
            "time-outs in the future taken back", source=source.source_id, sessions=count
        )


def _events(timed_out: Iterable[Presence]) -> dict[str, Presence]:
    """The sessions by the events that timed them out."""
    how = EndEvidence.TIMED_OUT
    return {
        _event_id(how, session_id_for(one.source_id, one.presence_id), one.told_left_at): one
        for one in timed_out
    }


def _fold_rules(upkeep: Upkeep, source: Source) -> FoldRules:
    presences = presences_of(source, upkeep.kinds.get(source.kind))
    return FoldRules(source.source_id, presences, translation_settings(source).default_role)


def _timed_out(presence: Presence, lasts: int) -> Ended:
    room = Room(presence.room_id, instance_id=presence.instance_id)
    at = (presence.joined_at or 0) + lasts
    return Ended(presence.presence_id, room, at, EndEvidence.TIMED_OUT)


async def _look(upkeep: Upkeep, source: Source, turns: asyncio.Semaphore) -> None:
    platform, server_url = upkeep.platforms.get(source.kind), source.settings.get("server_url")
    if platform is None or source.disabled_at is not None or not isinstance(server_url, str):
        return
    async with turns:
        if not await upkeep.lease.held():
            return
        at = upkeep.now()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                listing = await platform.listing(source, server_url)
        except (PlatformUnavailable, SecretKeyMissing, TimeoutError) as error:
            _say_unreachable(upkeep, source, error)
        else:
            _say_reachable(upkeep, source)
            await _reconcile(upkeep, source, listing, at)


async def _reconcile(upkeep: Upkeep, source: Source, listing: Listing, at: int) -> None:
    """Bring the ledger to what a listing of `at` shows.

    What the look showed is saved after what follows from it: a process that ends between the
    two finds the same again, and that adds nothing.
    """
    org_id, source_id = source.org_id, source.source_id
    listed = {session_id_for(source_id, one): one for one in listing.presence_ids}
    before = await upkeep.store.sightings(org_id, source_id)
    presences = await upkeep.store.presences_to_compare(
        org_id, source_id, listed.keys() | before.keys()
    )
    shown = compare(listing, listed, presences, before, at)
    deliveries = [_found(source, person) for person in shown.found]
    deliveries += [_ended(source, end) for end in shown.ended]
    await _record(upkeep, source, deliveries)
    await upkeep.store.save_look(org_id, source_id, shown.look)


async def _record(upkeep: Upkeep, source: Source, deliveries: Sequence[Delivery]) -> int:
    """Record what was found, in parts; answers how much of it was new."""
    rules = _fold_rules(upkeep, source)
    new = 0
    for start in range(0, len(deliveries), _BATCH):
        part = deliveries[start : start + _BATCH]
        presences, role = rules.presences, rules.default_role
        arrival = Arrival(source, part, upkeep.now(), presences, role, delivered=False)
        (outcomes,) = await record(upkeep.ledger, [arrival])
        accepted = [one for one, how in zip(part, outcomes, strict=True) if how is Outcome.ACCEPTED]
        _say_recorded(upkeep, source, accepted)
        new += len(accepted)
    return new


def _found(source: Source, person: ListedPerson) -> Delivery:
    joined, event_type = person.joined, "rollbook.found"
    session_id = session_id_for(source.source_id, joined.presence_id)
    payload = _text({"event": event_type, **person.told})
    return Delivery(f"{event_type}:{session_id}", event_type, joined.at, (joined,), payload)


def _ended(source: Source, end: Ended) -> Delivery:
    event_type = _TYPES[end.evidence]
    session_id = session_id_for(source.source_id, end.presence_id)
    event_id = _event_id(end.evidence, session_id, end.at)
    said = {"event": event_type, "roomId": end.room.room_id, "sessionId": end.presence_id}
    return Delivery(event_id, event_type, end.at, (end,), _text({**said, "leftAt": end.at}))


def _event_id(evidence: EndEvidence, session_id: str, at: int | None) -> str:
    return f"{_TYPES[evidence]}:{session_id}:{at}"


def _text(payload: Mapping[str, object]) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _say_recorded(upkeep: Upkeep, source: Source, deliveries: Iterable[Delivery]) -> None:
    count: dict[str, int] = {}
    for delivery in deliveries:
        name = delivery.event_type.removeprefix("rollbook.")
        count[name] = count.get(name, 0) + 1
    if count:
        upkeep.log.info("upkeep changed the ledger", source=source.source_id, **count)


def _say_unreachable(upkeep: Upkeep, source: Source, error: Exception) -> None:
    """Said once, not with every look, until the platform answers again."""
    if source.source_id not in upkeep.unreachable:
        upkeep.unreachable.add(source.source_id)
        reason = getattr(error, "message", f"no answer within {LOOK_SECONDS} seconds")
        upkeep.log.warning("a platform does not answer", source=source.source_id, reason=reason)


def _say_reachable(upkeep: Upkeep, source: Source) -> None:
    if source.source_id in upkeep.unreachable:
        upkeep.unreachable.remove(source.source_id)
        upkeep.log.info("a platform answers again", source=source.source_id)
