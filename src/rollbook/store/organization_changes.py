"""What is written to one organization in a transaction."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from rollbook.domain.attendance import SetRule
from rollbook.domain.audit import Action, Doer, Entry
from rollbook.domain.credits import CreditRule
from rollbook.domain.excuses import Excuse
from rollbook.domain.kept import KeptClass
from rollbook.domain.limits import Limits
from rollbook.domain.organizations import KeyRecord, Organization
from rollbook.domain.presets import Term
from rollbook.domain.retention import Addresses, Retention
from rollbook.domain.rosters import Member
from rollbook.domain.schedules import Schedule
from rollbook.domain.scopes import EVERY_SCOPE, Scope
from rollbook.domain.sources import Source
from rollbook.domain.stays import Span
from rollbook.service.organizations.ports import Resealed
from rollbook.store import said, sealing
from rollbook.store.audit import write_entry
from rollbook.store.engine.database import Writing
from rollbook.store.erased import fetch_erased, pseudonyms_of
from rollbook.store.organization_rows import of_scopes, to_keys, to_source
from rollbook.store.providers import PROVIDER, DatabaseProviderChange
from rollbook.store.rosters import fetch_roster, roster_row
from rollbook.store.schedules import fetch_schedule, schedule_rows
from rollbook.store.sealing import Sealing
from rollbook.store.sharing import DatabaseShareChange
from rollbook.store.user_changes import DatabaseUserChange

_EVER = 0
"""1970: no event arrived before."""


class DatabaseOrganizationChange(DatabaseUserChange, DatabaseShareChange, DatabaseProviderChange):
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
        super().__init__(connection, org_id, seals, now)
        self._doer = doer
        self._noted = noted

    async def note(self, action: Action, what: str = "") -> None:
        entry = Entry(self._org_id, self._now, action, self._doer, what)
        await write_entry(self._connection, entry)
        self._noted.append(entry)

    async def keys(self) -> list[KeyRecord]:
        return to_keys(await self._connection.fetch("keys", {"org_id": self._org_id}))

    async def source(self, source_id: str) -> Source | None:
        values = {"org_id": self._org_id, "source_id": source_id}
        rows = await self._connection.fetch("source", values)
        return to_source(rows[0], self._seals) if rows else None

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

    async def add_key(
        self,
        key_hash: str,
        label: str,
        now: int,
        scopes: Collection[Scope] = EVERY_SCOPE,
        expires_at: int | None = None,
    ) -> None:
        await self._write(
            "add_key",
            key_hash=key_hash,
            label=label,
            created_at=now,
            scopes=of_scopes(scopes),
            expires_at=expires_at,
        )

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
            if source_id == PROVIDER:
                await self._write("set_secret_of_provider", client_secret=secrets)
            else:
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
