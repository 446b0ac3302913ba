"""One source of one organization in a real store: told of events, asked what is kept of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import cast

from ingest.streams import NOON, Step, Told
from support.organizations import add_organization

from rollbook.domain.context import Context, with_context
from rollbook.domain.events import Corrected, Fact, Joined, Left, Participant, Role
from rollbook.domain.ids import OrgId, new_org_id
from rollbook.domain.organizations import Organization
from rollbook.domain.presences import Presence
from rollbook.domain.report import Profile
from rollbook.domain.sessions import Rules, fold
from rollbook.domain.sources import OwnKind, Source, own_source_id
from rollbook.service.corrections import Correction, Corrections
from rollbook.service.ingest.context import tell_context
from rollbook.service.ingest.record import Arrival, Outcome, record
from rollbook.service.organizations.ports import SourceHealth
from rollbook.service.organizations.settings import set_session_timeout
from rollbook.service.organizations.sources import source_states
from rollbook.service.platforms import Delivery, SourceKind
from rollbook.store.facts import facts_from_text
from rollbook.stores import Stores

LASTS = 86_400_000
"""How long a new organization lets a session be open, in milliseconds."""

DEFAULT_ROLE = Role.STUDENT
"""Of people of whom nobody ever told a role."""


@dataclass(frozen=True, slots=True)
class Book:
    """The ledger of a new organization with one source."""

    stores: Stores
    source: Source
    rules: Rules
    """How its presences behave, and how long its organization lets a session be open."""

    async def told(self, *events: Told, at: int = NOON) -> list[Outcome]:
        """Take events in, in one transaction."""
        deliveries = [delivery(event) for event in events]
        arrival = Arrival(self.source, deliveries, at, self.rules, DEFAULT_ROLE)
        (outcomes,) = await record(self.stores.ledger, [arrival])
        return outcomes

    async def corrected(self, session_id: str, what: Correction, now: int = NOON) -> Presence:
        """A person with the right to it says something of a session."""
        kind = cast("SourceKind", SimpleNamespace(presences=self.rules))
        stores, kinds = self.stores, {self.source.kind: kind}
        desk = Corrections(stores.ledger, stores.organizations, stores.history, kinds)
        return await desk.correct(OrgId(self.source.org_id), session_id, what, now)

    async def said(self) -> list[Corrected]:
        """What people said, as it is kept."""
        own = own_source_id(OrgId(self.source.org_id), OwnKind.CORRECTIONS)
        rows = await self.rows("SELECT source_id, occurred_at, facts FROM event")
        facts = [
            fact
            for source_id, occurred_at, text in rows
            if source_id == own
            for fact in facts_from_text(text, None, int(occurred_at))
        ]
        return [fact for fact in facts if isinstance(fact, Corrected)]

    async def told_steps(self, steps: Iterable[Step]) -> None:
        """Take in events and contexts, each step in a transaction of its own."""
        for step in steps:
            if isinstance(step, Context):
                await self.told_context(step)
            else:
                await self.told(*step)

    async def told_context(self, context: Context) -> None:
        who = Participant(context.participant_id)
        await tell_context(self.stores.ledger, self.source.org_id, context, who)

    async def sessions(self) -> dict[str, Presence]:
        """Every session of the organization, as it is stored."""
        ids = [row[0] for row in await self.rows("SELECT session_id FROM session")]
        async with self.stores.ledger.transaction(self.source.org_id) as transaction:
            found = await transaction.presences(ids)
        return {presence.session_id: presence for presence in found}

    async def event_ids(self) -> list[str]:
        return sorted(row[0] for row in await self.rows("SELECT event_id FROM event"))

    async def rows(self, sql: str) -> list[Sequence[str]]:
        """The rows of the organization that a plain statement of the test's own finds."""
        return await plain_rows(self.stores, f"{sql} WHERE org_id = '{self.source.org_id}'")

    async def profile(self, uid: str) -> Profile:
        async with self.stores.reports.snapshot() as reader:
            return await reader.profile(self.source.org_id, uid)

    async def title(self, room_id: str) -> str | None:
        return await self.stores.reports.room_title(self.source.org_id, room_id)

    async def health(self) -> SourceHealth:
        states = await source_states(self.stores.organizations, self.source.org_id)
        return next(one.health for one in states if one.source == self.source)


async def opened_book(
    stores: Stores, *, once: bool = False, rules: Rules | None = None, kind: str = "livekit"
) -> Book:
    organization = Organization(new_org_id(), "Riverside")
    source = Source(organization.org_id, f"{organization.org_id}source", kind, kind, 0)
    await add_organization(stores, organization, source)
    rules = rules or Rules(once=once)
    if rules.lasts is None:
        rules = replace(rules, lasts=LASTS)
    else:
        hours = rules.lasts / 3_600_000
        await set_session_timeout(stores.organizations, organization.org_id, hours)
    return Book(stores, source, rules)


async def plain_rows(stores: Stores, sql: str) -> list[Sequence[str]]:
    async with stores.database.reading() as connection:
        if stores.database.dialect == "sqlite":
            return list(connection.connection.execute(sql))  # type: ignore[attr-defined]
        return list(await connection._connection.fetch(sql))  # type: ignore[attr-defined]


def delivery(event: Told) -> Delivery:
    """An event as a platform's file would hand it on."""
    occurred_at = max((fact.at for fact in event.facts), default=NOON)
    payload = json.dumps({"id": event.event_id, "facts": str(event.facts)})
    return Delivery(event.event_id, "event", occurred_at, event.facts, payload)


def expected_sessions(
    book: Book, facts: Iterable[Fact], contexts: Iterable[Context] = ()
) -> dict[str, Presence]:
    """The pure fold over the set of all that was told."""
    folded = fold(book.source.source_id, facts, book.rules)
    told = merged_contexts(contexts)
    return {key: with_context(presence, told) for key, presence in folded.items()}


def merged_contexts(contexts: Iterable[Context]) -> list[Context]:
    """Of two tellings at one instant about one person in one room, the greater values stay."""
    merged: dict[tuple[str, str, int], Context] = {}
    for context in contexts:
        key = context.participant_id, context.room_id, context.told_at
        known = merged.get(key, context)
        merged[key] = Context(
            *key,
            max(known.ip_address or "", context.ip_address or "") or None,
            max(known.user_agent or "", context.user_agent or "") or None,
        )
    return list(merged.values())


def expected_profile(uid: str, facts: Iterable[Fact]) -> Profile:
    """The latest name and role told of a person; of two told for one instant the greater text."""
    about = [
        (fact.at, fact.participant)
        for fact in facts
        if isinstance(fact, Joined | Left) and fact.participant and fact.participant.uid == uid
    ]
    names = [(at, person.name) for at, person in about if person.name]
    roles = [(at, person.role) for at, person in about if person.role]
    if not about:
        return Profile(uid)
    return Profile(uid, max(names)[1] if names else None, max(roles)[1] if roles else DEFAULT_ROLE)


def expected_title(room_id: str, facts: Iterable[Fact]) -> str | None:
    titles = [(f.at, f.room.title) for f in facts if f.room.room_id == room_id and f.room.title]
    return max(titles)[1] if titles else None
