"""One organization's ledger, changed by one transaction at a time."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from rollbook.domain.context import CLOCK_SLACK_MS, LATEST_MS, TOKEN_LIFE_MS, Context
from rollbook.domain.erasing import Pseudonyms
from rollbook.domain.events import PresenceFact, about_presences
from rollbook.domain.limits import Intake
from rollbook.domain.presences import SHARED, Presence
from rollbook.domain.retention import Addresses, without_old_address, without_old_agent
from rollbook.domain.silence import quarter_of
from rollbook.domain.sources import Refused
from rollbook.domain.values import value
from rollbook.service.ingest.ports import (
    DeliveryCount,
    KeptEvent,
    PersonNote,
    RejectionCount,
    RoomMark,
    RoomNote,
    StoredEvent,
    Unfinished,
)
from rollbook.store.engine.database import Values, Writing
from rollbook.store.erased import fetch_erased
from rollbook.store.events import (
    from_event,
    hashes_found,
    keys_of,
    presence_key,
    rewritten,
    stored_ids,
    to_event,
)
from rollbook.store.facts import facts_from_text
from rollbook.store.marks import from_marks, to_mark
from rollbook.store.notes import from_person, from_title
from rollbook.store.presences import from_presence, to_presence

_EVER, _FOR_EVER = 0, 253_402_300_799_999
"""From 1970 to the end of the year 9999, in milliseconds: all instants that the ledger takes."""

_NOTHING_HEARD = {"accepted": 0, "duplicates": 0, "ignored": 0}


@value
class Held:
    """An organization that is held. `lasts` (ms) as in ports.LedgerTransaction.

    Of who joined before `addresses_until` (ms UTC) no address is kept any more, and before
    `agents_until` no user agent.
    """

    org_id: str
    lasts: int | None = None
    addresses_until: int | None = None
    pseudonyms: Pseudonyms | None = None
    addresses: Addresses = Addresses.WHOLE
    agents_until: int | None = None


class Transaction:
    """Holds an organization until it ends (ports.LedgerTransaction)."""

    def __init__(self, connection: Writing, held: Held) -> None:
        self._connection = connection
        self._org_id = held.org_id
        self._addresses_until = held.addresses_until
        self._agents_until = held.agents_until
        self.lasts = held.lasts
        self.pseudonyms = held.pseudonyms
        self.addresses = held.addresses

    async def known_events(self, source_id: str, event_ids: Sequence[str]) -> Mapping[str, str]:
        values = self._of(source_id) | {"event_ids": json.dumps(stored_ids(event_ids))}
        rows = await self._connection.fetch("known_events", values)
        return hashes_found(event_ids, rows)

    async def add_events(self, events: Iterable[StoredEvent]) -> None:
        rows = (from_event(self._org_id, event) for event in events)
        await self._connection.execute_many("add_event", rows)

    async def erased_among(
        self, pseudonyms: Collection[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        return await fetch_erased(self._connection, self._org_id, pseudonyms)

    async def note_erased(self, pseudonyms: Iterable[str], now: int, kind: Unfinished) -> None:
        org = {"org_id": self._org_id, "erased_at": now, "unfinished": int(kind)}
        rows = [org | {"pseudonym": one} for one in pseudonyms]
        await self._connection.execute_many("note_erased", rows)
        values = {"org_id": self._org_id, "nothing_before": _EVER}
        await self._connection.execute("look_through", values)

    async def events_of(self, session_ids: Collection[str]) -> list[KeptEvent]:
        values = {"org_id": self._org_id, "keys": json.dumps(keys_of(session_ids))}
        rows = await self._connection.fetch("events_of_keys", values)
        return [KeptEvent(row[1], to_event(row)) for row in rows]

    async def replace_events(self, pairs: Iterable[tuple[KeptEvent, StoredEvent]]) -> None:
        for kept, event in pairs:
            if kept.event.event_id == event.event_id:
                row = (event.source_id, kept.key)
                values = rewritten(self._org_id, row, event)
                await self._connection.execute("rewrite_event", values)
            else:
                await self._rename(kept, event)

    async def _rename(self, kept: KeptEvent, event: StoredEvent) -> None:
        """An event that is to have another id, unless it came under that one meanwhile."""
        there = await self.known_events(event.source_id, [event.event_id])
        old = self._of(event.source_id) | {"event_id": kept.key}
        await self._connection.execute("remove_event", old)
        if not there:
            await self.add_events([event])
        renamed = self._of(event.source_id) | {
            "room_id": event.room_id,
            "event_id": kept.event.event_id,
            "new_id": event.event_id,
        }
        if event.room_id is not None and event.session_id is None:
            await self._connection.execute("rename_room_end_event", renamed)
            await self._connection.execute("rename_room_start_event", renamed)

    async def forget_sightings(self, source_id: str, session_ids: Iterable[str]) -> None:
        rows = [self._of(source_id) | {"session_id": one} for one in session_ids]
        await self._connection.execute_many("forget_sighting", rows)

    async def remove_events(self, source_id: str, event_ids: Iterable[str]) -> None:
        rows = [self._of(source_id) | {"event_id": event_id} for event_id in event_ids]
        await self._connection.execute_many("remove_event", rows)

    async def facts_of(self, session_ids: Sequence[str]) -> Mapping[str, Sequence[PresenceFact]]:
        values = {"org_id": self._org_id, "session_ids": json.dumps(keys_of(session_ids))}
        asked = {presence_key(session_id): session_id for session_id in session_ids}
        found: dict[str, list[PresenceFact]] = {}
        for key, *told in await self._connection.fetch("facts_of_sessions", values):
            facts = about_presences(facts_from_text(*told))
            found.setdefault(asked[presence_key(key)], []).extend(facts)
        return found

    async def room_marks(self, source_id: str, room_ids: Sequence[str]) -> list[RoomMark]:
        values = self._of(source_id) | {"room_ids": json.dumps(list(room_ids))}
        return [to_mark(row) for row in await self._connection.fetch("room_marks", values)]

    async def add_room_marks(self, source_id: str, marks: Iterable[RoomMark]) -> None:
        starts, ends = from_marks(self._org_id, source_id, marks)
        await self._connection.execute_many("add_room_start", starts)
        await self._connection.execute_many("add_room_end", ends)

    async def presences(self, session_ids: Sequence[str]) -> list[Presence]:
        values = {"org_id": self._org_id, "session_ids": json.dumps(list(session_ids))}
        return await self._presences("presences", values)

    async def stays(self, session_ids: Sequence[str]) -> list[Presence]:
        shared = sorted({session_id[:SHARED] for session_id in session_ids})
        values = {"org_id": self._org_id, "beginnings": json.dumps(shared)}
        return await self._presences("stays_of_presences", values)

    async def stays_in_instances(
        self, source_id: str, instance_ids: Sequence[str]
    ) -> list[Presence]:
        values = self._of(source_id) | {"instance_ids": json.dumps(list(instance_ids))}
        return await self._presences("stays_in_instances", values)

    async def stays_joined_between(
        self, source_id: str, room_id: str, after: int | None, before: int | None
    ) -> list[Presence]:
        values = self._of(source_id) | {
            "room_id": room_id,
            "range_start": _EVER if after is None else after,
            "range_end": _FOR_EVER if before is None else before,
        }
        return await self._presences("stays_joined_between", values)

    async def remove_sessions(self, session_ids: Iterable[str]) -> None:
        rows = [{"org_id": self._org_id, "session_id": one} for one in session_ids]
        await self._connection.execute_many("remove_session", rows)

    async def unsettled_in_rooms(self, source_id: str, room_ids: Sequence[str]) -> list[Presence]:
        values = self._of(source_id) | {"room_ids": json.dumps(list(room_ids))}
        return await self._presences("unsettled_in_rooms", values)

    async def stays_of_people(
        self, source_id: str, instance_ids: Sequence[str], participant_ids: Sequence[str]
    ) -> list[Presence]:
        values = self._of(source_id) | {
            "instance_ids": json.dumps(list(instance_ids)),
            "participant_ids": json.dumps(list(participant_ids)),
        }
        return await self._presences("stays_of_people", values)

    async def add_context(self, context: Context) -> None:
        values = {
            "org_id": self._org_id,
            "participant_id": context.participant_id,
            "room_id": context.room_id,
            "told_at": context.told_at,
            "ip_address": context.ip_address,
            "user_agent": context.user_agent,
        }
        await self._connection.execute("add_context", values)

    async def contexts(
        self, participant_ids: Sequence[str], room_ids: Sequence[str]
    ) -> list[Context]:
        values = {
            "org_id": self._org_id,
            "participant_ids": json.dumps(list(participant_ids)),
            "room_ids": json.dumps(list(room_ids)),
        }
        return [Context(*row) for row in await self._connection.fetch("contexts", values)]

    async def sessions_near(self, context: Context) -> list[Presence]:
        values = {
            "org_id": self._org_id,
            "participant_id": context.participant_id,
            "room_id": context.room_id,
            "earliest_join": context.told_at - LATEST_MS,
            "latest_join": context.told_at + TOKEN_LIFE_MS,
            "earliest_end": context.told_at - CLOCK_SLACK_MS,
        }
        return await self._presences("sessions_near", values)

    async def count_deliveries(self, source_id: str, count: DeliveryCount) -> None:
        values = {
            "last_received_at": count.received_at,
            "last_lag_ms": count.lag_ms,
            "accepted": count.accepted,
            "duplicates": count.duplicates,
            "ignored": count.ignored,
            "late": count.late,
        }
        await self._connection.execute_many("count_deliveries", [self._of(source_id) | values])
        heard = {"duplicates": count.duplicates, "ignored": count.ignored}
        await self._count_in_quarter(
            source_id, count.received_at, heard | {"accepted": count.accepted, "rejected": 0}
        )

    async def count_intake(self, intake: Mapping[str, Intake]) -> None:
        rows = [
            {"org_id": self._org_id, "span": span, "events": one.events, "bytes": one.bytes}
            for span, one in intake.items()
        ]
        await self._connection.execute_many("add_intake", rows)

    async def count_rejections(self, source_id: str, count: RejectionCount) -> None:
        values = {
            "rejected": count.rejected,
            "last_rejected_at": count.last_at,
            "last_rejection": count.reason,
        }
        await self._connection.execute("count_rejections", self._of(source_id) | values)
        await self._count_in_quarter(
            source_id, count.last_at, _NOTHING_HEARD | {"rejected": count.rejected}
        )

    async def _count_in_quarter(self, source_id: str, at: int, counts: Mapping[str, int]) -> None:
        row = self._of(source_id) | {"began_at": quarter_of(at), **counts}
        await self._connection.execute_many("count_in_quarter", [row])

    async def note_refused(self, source_id: str, refused: Sequence[Refused], most: int) -> None:
        rows = [
            self._of(source_id)
            | {"rejected_at": one.at, "reason": one.reason, "deliveries": one.deliveries}
            for one in refused
        ]
        await self._connection.execute_many("note_rejection", rows)
        await self._connection.execute("forget_rejections", self._of(source_id) | {"most": most})

    async def _presences(self, statement: str, values: Values) -> list[Presence]:
        return [to_presence(row) for row in await self._connection.fetch(statement, values)]

    def _of(self, source_id: str) -> dict[str, object]:
        return {"org_id": self._org_id, "source_id": source_id}

    async def save_presences(self, presences: Iterable[Presence]) -> None:
        kept = (
            without_old_agent(without_old_address(one, self._addresses_until), self._agents_until)
            for one in presences
        )
        rows = (from_presence(self._org_id, presence) for presence in kept)
        await self._connection.execute_many("save_presence", rows)

    async def note_people(self, notes: Iterable[PersonNote]) -> None:
        rows = [{"org_id": self._org_id} | from_person(note) for note in notes]
        await self._connection.execute_many("note_person", rows)

    async def note_rooms(self, notes: Iterable[RoomNote]) -> None:
        rows = [{"org_id": self._org_id} | from_title(note) for note in notes]
        await self._connection.execute_many("note_room", rows)
