"""A ledger that a program of schema 0011 wrote: upgraded, it says what it said.

Its rows lie in fixtures/ledgers, as that program wrote them, with what it explained of each session.
"""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from ingest.book import plain_rows
from support.settings import settings_of

from rollbook.domain.ids import OrgId
from rollbook.domain.retention import Retention
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.ingest.importing import undo_import
from rollbook.service.ingest.record import Arrival, Outcome, record
from rollbook.service.organizations.settings import set_retention
from rollbook.service.platforms import TranslationSettings, WebhookRequest, presences_of
from rollbook.service.reports.explain import explain
from rollbook.service.upkeep.rebuild import Checked, RebuildRules, rebuild, verify
from rollbook.service.upkeep.retention import forget
from rollbook.sources.livekit.webhooks import LiveKit
from rollbook.store.engine import schema
from rollbook.store.engine.database import Database
from rollbook.store.engine.migrations import migrations
from rollbook.store.engine.scripts import statements_of
from rollbook.stores import Stores, stores_for
from rollbook.web.api.event_shapes import ReadEvent, from_json

FIXTURES = Path(__file__).parent.parent / "fixtures"
OLD: dict[str, Any] = json.loads((FIXTURES / "ledgers" / "schema_0011.json").read_bytes())
ORG = OrgId("rollbook22")
DAY = 86_400_000
NOW = 1_795_600_000_000 + DAY


@pytest.fixture
async def upgraded(
    bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stores]:
    """That ledger, upgraded by this program."""
    stores = stores_for(settings_of(bare_database_url))
    await stores.database.open(make=True)
    with monkeypatch.context() as then:
        then.setattr(
            schema, "migrations", lambda: [one for one in migrations() if one.version < 12]
        )
        await schema.upgrade(stores.database, NOW)
    await load(stores.database)
    await schema.upgrade(stores.database, NOW)
    yield stores
    await stores.database.close()


async def load(database: Database) -> None:
    async with database.writing() as connection:
        for table, told in OLD["tables"].items():
            for row in told["rows"]:
                values = [
                    literal(database, name, value)
                    for name, value in zip(told["columns"], row, strict=True)
                ]
                columns = ", ".join(told["columns"])
                (insert,) = statements_of(
                    f"INSERT INTO {table} ({columns}) VALUES ({', '.join(values)});"
                )
                await connection.run_script(insert)


def literal(database: Database, column: str, value: object) -> str:
    if value is None or isinstance(value, int):
        is_instant = value is not None and column.endswith("_at")
        if is_instant and database.dialect == "postgres":
            return f"timestamptz 'epoch' + {value} * interval '1 millisecond'"
        return "NULL" if value is None else str(value)
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"


def sources() -> list[Source]:
    told = OLD["tables"]["source"]
    rows = [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    return [Source(ORG, row["source_id"], row["kind"], row["name"], 0) for row in rows]


def of_kind(kind: str) -> Source:
    return next(source for source in sources() if source.kind == kind)


async def explained(stores: Stores) -> dict[str, list[list[object]]]:
    """What is said of each session that the older program explained."""
    return {
        session_id: [
            [
                event.source_id,
                event.event_id,
                event.event_type,
                event.occurred_at,
                event.received_at,
                event.payload,
            ]
            for event in (await explain(stores.history, ORG, session_id)).events
        ]
        for session_id in OLD["explained"]
    }


async def checked(stores: Stores, *, mend: bool, days: int | None = None) -> list[object]:
    parts: list[Checked] = []
    for source in sources():
        kind = LiveKit() if source.kind == "livekit" else None
        before = None if days is None else NOW - days * DAY
        rules = RebuildRules(presences_of(source, kind), addresses_before=before)
        check = (rebuild if mend else verify)(stores.evidence, source, rules)
        parts += [part async for part in check]
    assert sum(part.sessions for part in parts) == len(OLD["explained"])
    return [difference for part in parts for difference in part.differences]


async def in_the_old_form(stores: Stores) -> int:
    sql = "SELECT count(*) FROM event WHERE facts LIKE '[%' OR payload IS NOT NULL"
    return int((await plain_rows(stores, sql))[0][0])


def own_events(**changes: object) -> list[Any]:
    told = json.dumps([event | changes for event in OLD["own"]]).encode()
    events = from_json(told, "application/json")
    return [event.delivery for event in events if isinstance(event, ReadEvent)]


async def told_again(stores: Stores, source: Source, deliveries: Sequence[Any]) -> list[Outcome]:
    kind = LiveKit() if source.kind == "livekit" else None
    arrival = Arrival(source, deliveries, NOW, presences_of(source, kind))
    (outcomes,) = await record(stores.ledger, [arrival])
    return outcomes


async def test_it_agrees_with_its_events_and_explains_what_it_explained(upgraded: Stores) -> None:
    assert await in_the_old_form(upgraded) > 0
    assert await checked(upgraded, mend=False) == []
    assert await explained(upgraded) == OLD["explained"]


@pytest.mark.parametrize("rebuilt", [False, True])
async def test_what_it_has_is_known_again(upgraded: Stores, *, rebuilt: bool) -> None:
    if rebuilt:
        assert await checked(upgraded, mend=True) == []
    own, livekit = of_kind(OwnKind.EVENTS), of_kind("livekit")
    again = own_events()
    assert await told_again(upgraded, own, again) == [Outcome.DUPLICATE] * len(again)
    others = own_events(roomTitle="Another")
    assert await told_again(upgraded, own, others) == [Outcome.CONFLICT] * len(others)
    settings = TranslationSettings(ip_paths=("attributes.client_ip",))
    for name in OLD["livekit"]:
        body = (FIXTURES / "webhooks" / "livekit" / f"{name}.json").read_bytes()
        told = LiveKit().translate(WebhookRequest({}, body), settings, NOW)
        assert await told_again(upgraded, livekit, told) == [Outcome.DUPLICATE]
    assert await explained(upgraded) == OLD["explained"]


async def test_a_new_event_joins_what_is_known(upgraded: Stores) -> None:
    leave = {
        "id": "3d2c8d1e-4a7f-4f0e-9a55-0c6f3b1f9d21",
        "type": "participant.left",
        "time": "2026-11-24T09:20:00Z",
        "roomId": "math",
        "sessionId": "visit-2",
        "participant": {"uid": "zoë"},
    }
    (told,) = from_json(json.dumps([leave]).encode(), "application/json")
    assert isinstance(told, ReadEvent)
    assert await told_again(upgraded, of_kind(OwnKind.EVENTS), [told.delivery]) == [
        Outcome.ACCEPTED
    ]
    assert await checked(upgraded, mend=False) == []
    now = await explained(upgraded)
    ids = [[event[1] for event in events] for events in now.values()]
    assert ["ünï", leave["id"]] in ids


async def test_a_rebuild_writes_it_in_todays_form_and_changes_nothing(upgraded: Stores) -> None:
    assert await checked(upgraded, mend=True) == []
    # Room by room: what names none, a correction and an event that means nothing, stays and is read.
    assert await in_the_old_form(upgraded) == 2
    assert await checked(upgraded, mend=False) == []
    assert await explained(upgraded) == OLD["explained"]


@pytest.mark.parametrize("rebuilt", [False, True])
async def test_its_import_can_be_taken_back(upgraded: Stores, *, rebuilt: bool) -> None:
    if rebuilt:
        await checked(upgraded, mend=True)
    (file,) = await upgraded.ledger.imports(ORG)
    taken = undo_import(upgraded.ledger, of_kind(OwnKind.IMPORT), file.import_id, NOW)
    assert [count async for count in taken][-1] == 2
    sql = "SELECT count(*) FROM session WHERE room_id = 'old'"
    assert int((await plain_rows(upgraded, sql))[0][0]) == 0


@pytest.mark.parametrize("rebuilt", [False, True])
async def test_what_is_to_be_forgotten_of_it_is(upgraded: Stores, *, rebuilt: bool) -> None:
    if rebuilt:
        await checked(upgraded, mend=True)

    async def may_go_on() -> bool:
        return True

    addresses = Retention(address_days=1)
    await set_retention(upgraded.organizations, ORG, addresses)
    await forget(upgraded.retention, ORG, addresses, NOW + 2 * DAY, may_go_on)
    now = await explained(upgraded)
    assert "203.0.113" in str(OLD["explained"])
    assert "203.0.113" not in str(now)
    assert str(now).count("[redacted]") > str(OLD["explained"]).count("[redacted]")
    assert not await plain_rows(upgraded, "SELECT 1 FROM session WHERE ip_address IS NOT NULL")
    assert await checked(upgraded, mend=False) == []
    payloads = Retention(address_days=1, payload_days=1)
    await forget(upgraded.retention, ORG, payloads, NOW + 2 * DAY, may_go_on)
    left = [event for events in (await explained(upgraded)).values() for event in events]
    assert {event[2] for event in left if event[5] is not None} == {"session.corrected"}
