"""All that a database holds about a person."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

import msgspec

from rollbook.domain.erasing import Erased, Pseudonyms
from rollbook.domain.presences import Presence, session_id_for
from rollbook.service.ingest.ports import StoredEvent
from rollbook.service.reports.dossier import Entry, Summary
from rollbook.store.engine.database import Database, Snapshot, Values
from rollbook.store.events import keys_of, presence_key, to_event
from rollbook.store.presences import to_presence

SECTIONS: Mapping[str, tuple[str, Sequence[str]]] = {
    "person": (
        "person_held",
        (
            "name", "nameToldAt", "role", "roleToldAt", "importedName", "importedNameToldAt",
            "importedRole", "importedRoleToldAt",
        ),
    ),
    "imports": (
        "imported_of_person",
        ("importId", "fileName", "name", "nameToldAt", "role", "roleToldAt"),
    ),
    "contexts": ("contexts_of_person", ("roomId", "toldAt", "ipAddress", "userAgent")),
    "excuses": (
        "excuses_held",
        (
            "roomId", "firstDay", "lastDay", "classAt", "note", "saidBy", "saidAt", "withdrawnBy",
            "withdrawnAt",
        ),
    ),
    "rosters": ("rosters_of_person", ("roomId", "firstDay", "lastDay", "name")),
}  # fmt: skip
"""What is held beside sessions and events: the kind, its statement, and what its columns are called."""

_ANY_KEY = b"a key of one search"


class DatabaseDossiers:
    """Finds all that is held about a person (reports' dossier.Dossiers)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def summary(self, org_id: str, uid: str) -> Summary:
        values = {"org_id": org_id, "uid": uid}
        async with self._database.snapshot("pages") as connection:
            ((sessions, rooms, first, last),) = await connection.fetch("count_of_person", values)
            names = [row[0] for row in await connection.fetch("names_of_person", values)]
            identities = [row[0] for row in await connection.fetch("identities_of_person", values)]
            counted = [
                len(await connection.fetch(SECTIONS[kind][0], values))
                for kind in ("contexts", "rosters", "imports", "person")
            ]
            named: set[str] = set()
            for text in [uid, *names]:
                asked = {"org_id": org_id, "text": text}
                named |= {row[0] for row in await connection.fetch("rooms_that_name", asked)}
        contexts, rosters, imports, known = counted
        return Summary(
            sessions, rooms, first, last, names, identities,
            contexts, rosters, imports, sorted(named), bool(known),
        )  # fmt: skip

    async def entries(
        self, org_id: str, uid: str, *, mentions: bool
    ) -> AsyncGenerator[tuple[str, Sequence[Entry]], None]:
        values = {"org_id": org_id, "uid": uid}
        async with self._database.snapshot("exports") as connection:
            for kind, (statement, names) in SECTIONS.items():
                yield kind, []
                async with aclosing(connection.stream(statement, values)) as batches:
                    async for rows in batches:
                        yield kind, [dict(zip(names, row, strict=True)) for row in rows]
            yield "sessions", []
            async with aclosing(connection.stream("sessions_of_person", values)) as batches:
                async for rows in batches:
                    stays = [to_presence(row) for row in rows]
                    yield "sessions", await _with_events(connection, org_id, stays)
            if mentions:
                yield "mentions", []
                async with aclosing(self._mentions(connection, org_id, uid)) as found:
                    async for entries in found:
                        yield "mentions", entries

    async def _mentions(
        self, connection: Snapshot, org_id: str, uid: str
    ) -> AsyncGenerator[Sequence[Entry], None]:
        """Events that name a person and are of no session of theirs."""
        values = {"org_id": org_id, "uid": uid}
        pseudonyms = Pseudonyms(_ANY_KEY)
        names = [row[0] for row in await connection.fetch("names_of_person", values)]
        ids = [row[0] for row in await connection.fetch("identities_of_person", values)]
        who = Erased(
            pseudonyms,
            frozenset(map(pseudonyms.of, [uid, *ids])),
            frozenset(pseudonyms.of(name) for name in names if " " in name),
        )
        own: set[str] = set()
        async with aclosing(connection.stream("sessions_of_person", values)) as batches:
            async for rows in batches:
                stays = [to_presence(row) for row in rows]
                own |= {presence_key(stay.session_id) for stay in stays}
        async with aclosing(connection.stream("all_events", {"org_id": org_id})) as batches:
            async for rows in batches:
                events = [to_event(row) for row in rows]
                found = [
                    event
                    for event in events
                    if presence_key(event.session_id or "") not in own and _names(who, event)
                ]
                if found:
                    yield [_event(event) for event in found]


def _names(who: Erased, event: StoredEvent) -> bool:
    return (
        who.thing_id(event.event_id) != event.event_id
        or any(who.fact(fact, theirs=False) != fact for fact in event.facts)
        or who.mentioned_in(event.payload)
    )


async def _with_events(connection: Snapshot, org_id: str, stays: Sequence[Presence]) -> list[Entry]:
    keys = [session_id_for(stay.source_id, stay.presence_id) for stay in stays]
    values: Values = {"org_id": org_id, "keys": json.dumps(keys_of(keys))}
    told: dict[str, list[StoredEvent]] = {}
    for row in await connection.fetch("events_of_keys", values):
        event = to_event(row)
        told.setdefault(presence_key(event.session_id or ""), []).append(event)
    return [
        _session(stay) | {"events": [_event(event) for event in told.get(presence_key(key), ())]}
        for key, stay in zip(keys, stays, strict=True)
    ]


def _session(stay: Presence) -> dict[str, object]:
    correction = stay.correction
    return {
        "id": stay.session_id,
        "sourceId": stay.source_id,
        "presenceId": stay.presence_id,
        "roomId": stay.room_id,
        "instanceId": stay.instance_id,
        "identity": stay.identity,
        "joinedAt": stay.joined_at,
        "leftAt": stay.left_at,
        "ipAddress": stay.ip_address,
        "userAgent": stay.user_agent,
        "void": correction is not None and correction.void,
    }


def _event(event: StoredEvent) -> Entry:
    return {
        "sourceId": event.source_id,
        "id": event.event_id,
        "type": event.event_type,
        "occurredAt": event.occurred_at,
        "receivedAt": event.received_at,
        "payload": event.payload,
        "facts": [
            {"kind": type(fact).__name__, **msgspec.to_builtins(fact)} for fact in event.facts
        ],
    }
