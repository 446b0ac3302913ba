"""Organizations, keys and sources in a database."""

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date

from rollbook.domain.attendance import SetRule
from rollbook.domain.audit import THE_SERVICE, WHOLE_SERVICE, Action, Doer, Entry
from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.excuses import Excuse
from rollbook.domain.ids import OrgId
from rollbook.domain.kept import KeptClass
from rollbook.domain.limits import Limits
from rollbook.domain.organizations import KeyRecord, Organization, key_id
from rollbook.domain.presets import Term
from rollbook.domain.retention import Addresses, Retention
from rollbook.domain.rosters import Member
from rollbook.domain.schedules import Schedule
from rollbook.domain.sources import Refused, Source
from rollbook.domain.stays import Span
from rollbook.service.organizations.ports import (
    Heard,
    HeardSince,
    OrganizationChange,
    ReceivedEvent,
    Resealed,
    SourceHealth,
)
from rollbook.store import said, sealing
from rollbook.store.audit import Tell, write_entry
from rollbook.store.engine.database import Database, Row, Values, Writing
from rollbook.store.erased import fetch_erased, pseudonyms_of
from rollbook.store.events import to_event
from rollbook.store.rosters import fetch_roster, roster_row
from rollbook.store.schedules import fetch_schedule, schedule_rows
from rollbook.store.sealing import Sealing

_LATELY = ("hour", "day", "week")
_SPANS = ("one", "two", "three", "four")
_AMONG = 1000
"""Events of all sources among which the latest of one are looked for."""

_EVER = 0
"""1970: no event arrived before."""


class DatabaseOrganizations:
    """Tenants, their keys, settings and sources (ports.Organizations)."""

    def __init__(
        self,
        database: Database,
        seals: Sealing,
        now: Callable[[], int],
        tell: Tell,
        doer: Doer = THE_SERVICE,
    ) -> None:
        self._database = database
        self._seals = seals
        self._now = now
        self._tell = tell
        self._doer = doer

    def by(self, doer: Doer) -> "DatabaseOrganizations":
        return DatabaseOrganizations(self._database, self._seals, self._now, self._tell, doer)

    @asynccontextmanager
    async def changing(self, org_id: str) -> AsyncIterator[OrganizationChange]:
        noted: list[Entry] = []
        async with self._database.writing() as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            yield _Change(connection, org_id, self._seals, self._now(), self._doer, noted)
        for entry in noted:
            self._tell(entry)

    async def organization(self, org_id: str) -> Organization | None:
        rows = await self._read("organization", {"org_id": org_id})
        return _to_organization(rows[0]) if rows else None

    async def organization_by_key(self, org_id: str, key_hash: str) -> Organization | None:
        rows = await self._read("organization_by_key", {"org_id": org_id, "key_hash": key_hash})
        return _to_organization(rows[0]) if rows else None

    async def owner_of_key(self, key_hash: str) -> OrgId | None:
        rows = await self._read("owner_of_key", {"key_hash": key_hash})
        return OrgId(rows[0][0]) if rows else None

    async def organizations(self) -> list[Organization]:
        return [_to_organization(row) for row in await self._read("all_organizations", {})]

    async def keys(self, org_id: str) -> list[KeyRecord]:
        return _to_keys(await self._read("keys", {"org_id": org_id}))

    async def sources(self, org_id: str) -> list[Source]:
        rows = await self._read("sources", {"org_id": org_id})
        return [_to_source(row, self._seals) for row in rows]

    async def source(self, org_id: str, source_id: str) -> Source | None:
        rows = await self._read("source", {"org_id": org_id, "source_id": source_id})
        return _to_source(rows[0], self._seals) if rows else None

    async def source_health(self, org_id: str) -> list[SourceHealth]:
        return [SourceHealth(*row) for row in await self._read("source_health", {"org_id": org_id})]

    async def refused(self, org_id: str, source_id: str) -> list[Refused]:
        values = {"org_id": org_id, "source_id": source_id}
        return [Refused(*row) for row in await self._read("rejections", values)]

    async def heard(
        self, org_id: str, source_id: str, since: Sequence[int], spans: Sequence[Span]
    ) -> Heard:
        values: dict[str, object] = {"org_id": org_id, "source_id": source_id}
        values |= {f"since_{name}": at for name, at in zip(_LATELY, since, strict=True)}
        for name, (first, end) in zip(_SPANS, spans, strict=True):
            values |= {f"first_{name}": first, f"end_{name}": end}
        ((counted_since, *counts),) = await self._read("heard_of_source", values)
        lately = [
            HeardSince(at, *counts[2 * place : 2 * place + 2]) for place, at in enumerate(since)
        ]
        return Heard(counted_since, lately, counts[2 * len(_LATELY) :])

    async def latest_events(
        self, org_id: str, source_id: str, since: int, most: int
    ) -> list[ReceivedEvent]:
        values = {"org_id": org_id, "source_id": source_id, "since": since, "most": most}
        rows = await self._read("latest_events", values | {"among": _AMONG})
        events = map(to_event, rows)
        return [
            ReceivedEvent(one.received_at, one.occurred_at, one.event_type, one.facts)
            for one in events
        ]

    async def term(self, org_id: str) -> Term | None:
        rows = await self._read("term", {"org_id": org_id})
        return Term(*map(date.fromisoformat, rows[0])) if rows else None

    async def retention(self, org_id: str) -> Retention:
        rows = await self._read("retention", {"org_id": org_id})
        return Retention(*rows[0]) if rows else Retention()

    async def addresses(self, org_id: str) -> Addresses:
        rows = await self._read("addresses_kept", {"org_id": org_id})
        return Addresses(rows[0][0] or 0) if rows else Addresses.WHOLE

    async def erasing(self) -> list[str]:
        return [row[0] for row in await self._read("organizations_erasing", {})]

    async def retentions(self) -> Mapping[str, Retention]:
        rows = await self._read("retentions", {})
        return {org_id: Retention(*days) for org_id, *days in rows}

    async def session_timeouts(self) -> Mapping[str, int]:
        return {row[0]: row[1] for row in await self._read("session_timeouts", {})}

    async def settle_key(self) -> str:
        async with self._database.writing() as connection:
            return (await self._seals.key_of_ledger(connection, self._now())).name

    async def sealing_key(self) -> str | None:
        async with self._database.reading() as connection:
            return await sealing.named_key(connection)

    async def seal_with(self, name: str) -> None:
        entry = Entry(WHOLE_SERVICE, self._now(), Action.SECRET_KEY_CHANGED, self._doer, name)
        async with self._database.writing() as connection:
            await sealing.seal_with(connection, name, entry.at)
            await write_entry(connection, entry)
        self._tell(entry)

    async def sealed_by(self, org_id: str) -> Mapping[str, str | None]:
        rows = await self._read("stored_secrets", {"org_id": org_id})
        return {
            source_id: sealing.sealed_by(stored)
            for source_id, stored in rows
            if sealing.holds_secrets(stored)
        }

    async def _read(self, statement: str, values: Values) -> list[Row]:
        async with self._database.reading() as connection:
            return list(await connection.fetch(statement, values))


class _Change:
    """Writes to one organization in a transaction (ports.OrganizationChange)."""

    def __init__(
        self,
        connection: Writing,
        org_id: str,
        seals: Sealing,
        now: int,
        doer: Doer,
        noted: list[Entry],
    ) -> None:
        self._connection = connection
        self._org_id = org_id
        self._seals = seals
        self._now = now
        self._doer = doer
        self._noted = noted

    async def note(self, action: Action, what: str = "") -> None:
        entry = Entry(self._org_id, self._now, action, self._doer, what)
        await write_entry(self._connection, entry)
        self._noted.append(entry)

    async def keys(self) -> list[KeyRecord]:
        return _to_keys(await self._connection.fetch("keys", {"org_id": self._org_id}))

    async def source(self, source_id: str) -> Source | None:
        values = {"org_id": self._org_id, "source_id": source_id}
        rows = await self._connection.fetch("source", values)
        return _to_source(rows[0], self._seals) if rows else None

    async def add_organization(self, organization: Organization, now: int) -> None:
        rule = organization.credit_rule
        await self._write(
            "add_organization",
            name=organization.name,
            time_zone=organization.time_zone,
            credit_rounding=rule.rounding.value,
            credit_minimum_seconds=rule.minimum_seconds,
            created_at=now,
        )

    async def rename(self, name: str) -> None:
        await self._write("rename_organization", name=name)

    async def set_time_zone(self, time_zone: str) -> None:
        await self._write("set_time_zone", time_zone=time_zone)

    async def set_locale(self, locale: str | None) -> None:
        await self._write("set_locale", locale=locale)

    async def set_credit_rule(self, rule: CreditRule) -> None:
        await self._write(
            "set_credit_rule",
            credit_rounding=rule.rounding.value,
            credit_minimum_seconds=rule.minimum_seconds,
        )

    async def set_term(self, term: Term) -> None:
        first, last = term.first.isoformat(), term.last.isoformat()
        await self._write("set_term", first_day=first, last_day=last)

    async def set_session_timeout(self, seconds: int) -> None:
        await self._write("set_session_timeout", session_timeout_seconds=seconds)

    async def set_retention(self, retention: Retention) -> None:
        await self._write("begin_again", address_days=retention.address_days)
        await self._write("begin_again_with_agents", agent_days=retention.agent_days)
        await self._write(
            "set_retention",
            address_days=retention.address_days,
            payload_days=retention.payload_days,
            agent_days=retention.agent_days,
            people_days=retention.people_days,
            nothing_before=_EVER,
        )

    async def set_limits(self, limits: Limits) -> None:
        await self._write("set_limits", **asdict(limits))

    async def add_key(self, key_hash: str, label: str, now: int) -> None:
        await self._write("add_key", key_hash=key_hash, label=label, created_at=now)

    async def own_key(self, key_hash: str) -> bool:
        return await self._write("own_key", key_hash=key_hash) > 0

    async def revoke_key(self, key_hash: str, now: int) -> bool:
        return await self._write("revoke_key", key_hash=key_hash, revoked_at=now) > 0

    async def add_source(self, source: Source) -> bool:
        added = await self._write(
            "add_source",
            source_id=source.source_id,
            kind=source.kind,
            name=source.name,
            created_at=source.created_at,
            secrets=await self._sealed(source.source_id, source.secrets),
            settings=json.dumps(source.settings),
        )
        return added > 0

    async def set_secrets(self, source: Source) -> None:
        secrets = await self._sealed(source.source_id, source.secrets)
        await self._write("set_secrets", source_id=source.source_id, secrets=secrets)

    async def reseal(self) -> Resealed:
        key = await self._seals.key_of_ledger(self._connection, self._now)
        done, unreadable = 0, list[str]()
        rows = await self._connection.fetch("stored_secrets", {"org_id": self._org_id})
        for source_id, stored in rows:
            if not sealing.holds_secrets(stored) or sealing.sealed_by(stored) == key.name:
                continue
            opened = self._seals.opened(self._org_id, source_id, stored)
            if opened.why_not:
                unreadable.append(source_id)
                continue
            secrets = await self._sealed(source_id, opened.secrets)
            await self._write("set_secrets", source_id=source_id, secrets=secrets)
            done += 1
        return Resealed(done, tuple(unreadable))

    async def _sealed(self, source_id: str, secrets: Sequence[Mapping[str, str]]) -> str:
        if not secrets:
            return sealing.NO_SECRETS
        key = await self._seals.key_of_ledger(self._connection, self._now)
        await sealing.bar_older_programs(self._connection)
        return self._seals.sealed(key, self._org_id, source_id, secrets)

    async def set_settings(self, source: Source) -> None:
        settings = json.dumps(source.settings)
        await self._write("set_settings", source_id=source.source_id, settings=settings)

    async def set_disabled(self, source: Source) -> None:
        await self._write(
            "set_disabled", source_id=source.source_id, disabled_at=source.disabled_at
        )

    async def roster(self, room_id: str) -> list[Member]:
        return await fetch_roster(self._connection, self._org_id, room_id)

    async def erased(self, uids: Collection[str]) -> Mapping[str, str]:
        rows = await self._connection.fetch("erasure_key", {"org_id": self._org_id})
        pseudonyms = pseudonyms_of(rows[0][0]) if rows else None
        if pseudonyms is None:
            return {}
        made = {uid: pseudonyms.of(uid) for uid in uids}
        known, _ = await fetch_erased(self._connection, self._org_id, list(made.values()))
        return {uid: one for uid, one in made.items() if one in known}

    async def set_addresses(self, kept: Addresses) -> None:
        await self._write("set_addresses", addresses_kept=int(kept) or None)

    async def set_roster(self, room_id: str, members: Sequence[Member]) -> None:
        await self._write("clear_roster", room_id=room_id)
        rows = [roster_row(self._org_id, room_id, member) for member in members]
        await self._connection.execute_many("add_members", rows)

    async def set_attendance_rule(self, room_id: str | None, rule: SetRule | None) -> None:
        if rule is None:
            await self._write("clear_attendance_rule", **said.rule_key(room_id))
        else:
            await self._write("set_attendance_rule", **said.rule_row(room_id, rule))

    async def kept_between(self, room_id: str, span: Span) -> list[KeptClass]:
        return await said.fetch_kept(self._connection, self._org_id, room_id, span)

    async def kept_class(self, room_id: str, said_id: str) -> KeptClass | None:
        values = {"org_id": self._org_id, "room_id": room_id, "said_id": said_id}
        rows = await self._connection.fetch("kept_class", values)
        return said.to_kept(rows[0]) if rows else None

    async def keep_class(self, room_id: str, kept: KeptClass) -> None:
        await self._write("add_kept_class", **said.kept_row(room_id, kept))

    async def withdraw_kept(self, room_id: str, said_id: str, by: str, now: int) -> None:
        await self._write(
            "withdraw_kept_class",
            room_id=room_id,
            said_id=said_id,
            withdrawn_by=by,
            withdrawn_at=now,
        )

    async def excuses_of(self, uid: str) -> list[Excuse]:
        return await said.fetch_excuses_of(self._connection, self._org_id, uid)

    async def add_excuse(self, excuse: Excuse) -> None:
        await self._write("add_excuse", **said.excuse_row(excuse))

    async def withdraw_excuse(self, uid: str, said_id: str, by: str, now: int) -> None:
        await self._write(
            "withdraw_excuse",
            participant_id=uid,
            said_id=said_id,
            withdrawn_by=by,
            withdrawn_at=now,
        )

    async def schedule(self, room_id: str) -> Schedule:
        return await fetch_schedule(self._connection, self._org_id, room_id)

    async def set_schedule(self, room_id: str, schedule: Schedule) -> None:
        await self._write("clear_schedule", room_id=room_id)
        rows = schedule_rows(self._org_id, room_id, schedule)
        await self._connection.execute_many("add_entries", rows)

    async def _write(self, statement: str, **values: object) -> int:
        return await self._connection.execute(statement, {"org_id": self._org_id, **values})


def _to_keys(rows: Sequence[Row]) -> list[KeyRecord]:
    return [KeyRecord(key_hash, key_id(key_hash), *rest) for key_hash, *rest in rows]


def _to_organization(row: Row) -> Organization:
    org_id, name, time_zone, rounding, minimum_seconds, locale, has_source = row
    rule = CreditRule(Rounding(rounding), minimum_seconds)
    return Organization(org_id, name, time_zone, rule, bool(has_source), locale)


def _to_source(row: Row, seals: Sealing) -> Source:
    org_id, source_id, kind, name, created_at, stored, settings, disabled_at = row
    secrets, why_not = seals.opened(org_id, source_id, stored)
    return Source(
        org_id,
        source_id,
        kind,
        name,
        created_at,
        tuple(secrets),
        json.loads(settings),
        disabled_at,
        why_not,
    )
