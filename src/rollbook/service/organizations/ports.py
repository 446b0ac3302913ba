"""What changes to organizations need of a store, as Protocols."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from rollbook.domain.attendance import SetRule
from rollbook.domain.audit import Action, Doer, Entry, Kept
from rollbook.domain.credits import CreditRule
from rollbook.domain.events import Fact
from rollbook.domain.excuses import Excuse
from rollbook.domain.ids import OrgId
from rollbook.domain.kept import KeptClass
from rollbook.domain.limits import Intake, Limits
from rollbook.domain.organizations import KeyRecord, Organization, has_expired
from rollbook.domain.presets import Term
from rollbook.domain.retention import Addresses, Retention
from rollbook.domain.rosters import Member
from rollbook.domain.schedules import Schedule
from rollbook.domain.scopes import EVERY_SCOPE, Scope
from rollbook.domain.sources import Refused, Source
from rollbook.domain.stays import Span
from rollbook.domain.values import value
from rollbook.service.organizations.provider_ports import ProviderChange
from rollbook.service.organizations.share_ports import ShareChange
from rollbook.service.organizations.user_ports import UserChange


@value
class SourceHealth:
    """What became of a source's deliveries, counted. Instants and lag in milliseconds."""

    source_id: str
    last_received_at: int | None = None
    last_lag_ms: int | None = None
    accepted: int = 0
    duplicates: int = 0
    ignored: int = 0
    late: int = 0
    rejected: int = 0
    last_rejected_at: int | None = None
    last_rejection: str | None = None


@value
class Resealed:
    """Of how many sources the secrets were sealed anew, and those whose secrets cannot be read."""

    sources: int
    unreadable: Sequence[str]


@value
class HeardSince:
    """What came of a source since an instant (ms UTC): events that were new, deliveries refused."""

    since: int
    accepted: int
    rejected: int


@value
class Heard:
    """What came of a source lately, and how many events in each of the spans that were asked for.

    `counted_since` is when counting began (ms UTC), None where nothing was counted.
    """

    counted_since: int | None
    lately: Sequence[HeardSince]
    in_spans: Sequence[int]


@value
class ReceivedEvent:
    """An event as it came: when (ms UTC), its own time, its type, and what it means."""

    received_at: int
    occurred_at: int
    event_type: str
    facts: Sequence[Fact]


@value
class Opened:
    """What a key opens, what it may do there, and until when; when it was used last, to a day (ms UTC)."""

    organization: Organization
    scopes: frozenset[Scope] = EVERY_SCOPE
    expires_at: int | None = None
    used_at: int | None = None

    def works(self, now: int) -> bool:
        """Whether it has not expired."""
        return not has_expired(self.expires_at, now)


class OrganizationChange(UserChange, ProviderChange, ShareChange, Protocol):
    """One organization, held alone: what is written is committed together at the end, or not at all.

    What is read here is what the change before this one left.
    """

    async def note(self, action: Action, what: str = "") -> None:
        """Keep who did this, with the change itself; `what` names a thing and never holds a value."""
        ...

    async def keys(self) -> list[KeyRecord]: ...

    async def source(self, source_id: str) -> Source | None: ...

    async def add_organization(self, organization: Organization, now: int) -> None: ...

    async def rename(self, name: str) -> None: ...

    async def set_time_zone(self, time_zone: str) -> None: ...

    async def set_locale(self, locale: str | None) -> None: ...

    async def set_credit_rule(self, rule: CreditRule) -> None: ...

    async def set_term(self, term: Term) -> None: ...

    async def set_session_timeout(self, seconds: int) -> None: ...

    async def set_retention(self, retention: Retention) -> None: ...

    async def set_limits(self, limits: Limits) -> None: ...

    async def add_key(
        self,
        key_hash: str,
        label: str,
        now: int,
        scopes: Collection[Scope] = EVERY_SCOPE,
        expires_at: int | None = None,
    ) -> None: ...

    async def own_key(self, key_hash: str) -> bool:
        """Let a key that does not name its organization lead here; False where it leads anywhere."""
        ...

    async def revoke_key(self, key_hash: str, now: int) -> bool:
        """End a key; whether there was one of that hash that still worked."""
        ...

    async def add_source(self, source: Source) -> bool:
        """Add a source, unless there is one of its id; whether it was added.

        Raises SecretKeyMissing where it has secrets that cannot be sealed.
        """
        ...

    async def set_secrets(self, source: Source) -> None:
        """Store the secrets that the source has now. Raises SecretKeyMissing."""
        ...

    async def reseal(self) -> Resealed:
        """Seal with the ledger's key what is sealed with another, or not yet. Raises SecretKeyMissing."""
        ...

    async def set_settings(self, source: Source) -> None:
        """Store the settings that the source has now."""
        ...

    async def set_disabled(self, source: Source) -> None:
        """Store whether the source is disabled now."""
        ...

    async def roster(self, room_id: str) -> list[Member]:
        """Everybody who ever belonged to a room, and when, by uid."""
        ...

    async def erased(self, uids: Collection[str]) -> Mapping[str, str]:
        """The pseudonyms of those of these people who were erased."""
        ...

    async def set_addresses(self, kept: Addresses) -> None: ...

    async def set_roster(self, room_id: str, members: Sequence[Member]) -> None:
        """Store that these are all who ever belonged to it."""
        ...

    async def set_attendance_rule(self, room_id: str | None, rule: SetRule | None) -> None:
        """Store the rule of a room, or (None) of the organization; None: it has none of its own."""
        ...

    async def kept_between(self, room_id: str, span: Span) -> list[KeptClass]:
        """What holds of what was said of classes of a room that share time with a span."""
        ...

    async def kept_class(self, room_id: str, said_id: str) -> KeptClass | None:
        """What was said of a class, unless it was taken back."""
        ...

    async def keep_class(self, room_id: str, kept: KeptClass) -> None: ...

    async def withdraw_kept(self, room_id: str, said_id: str, by: str, now: int) -> None: ...

    async def excuses_of(self, uid: str) -> list[Excuse]:
        """What holds of the excuses of a person."""
        ...

    async def add_excuse(self, excuse: Excuse) -> None: ...

    async def withdraw_excuse(self, uid: str, said_id: str, by: str, now: int) -> None: ...

    async def schedule(self, room_id: str) -> Schedule:
        """All that was ever planned for a room."""
        ...

    async def set_schedule(self, room_id: str, schedule: Schedule) -> None:
        """Store that this is all that was ever planned for it."""
        ...


class LimitStore(Protocol):
    """What limits organizations, and what all services count together for it."""

    async def limits(self, org_id: str) -> Limits:
        """Those that were said of this organization."""
        ...

    async def full_at(self, org_id: str) -> int | None:
        """When its bucket of requests is full, in microseconds UTC; None for one not begun."""
        ...

    async def move(self, org_id: str, seen: int | None, full_at: int) -> bool:
        """Change that, if it is still what was seen; whether it was."""
        ...

    async def intake(self, org_id: str, spans: Sequence[str]) -> Mapping[str, Intake]:
        """What came in, by spans; one without anything is missing."""
        ...


class Organizations(Protocol):
    """Tenants, their keys, their settings and their sources."""

    def by(self, doer: Doer) -> "Organizations":
        """The same, whose changes are done by somebody: what is noted says so."""
        ...

    def changing(self, org_id: str) -> AbstractAsyncContextManager[OrganizationChange]:
        """A transaction on one organization, which waits for the one before it to end."""
        ...

    async def organization(self, org_id: str) -> Organization | None: ...

    async def opened_by_key(self, org_id: str, key_hash: str) -> Opened | None:
        """What this key opens, if it is not revoked; it may have expired."""
        ...

    async def owner_of_key(self, key_hash: str) -> OrgId | None:
        """The organization of a key that does not name it."""
        ...

    async def organizations(self) -> list[Organization]: ...

    async def keys(self, org_id: str) -> list[KeyRecord]: ...

    async def term(self, org_id: str) -> Term | None: ...

    async def retention(self, org_id: str) -> Retention: ...

    async def addresses(self, org_id: str) -> Addresses:
        """What it keeps of addresses."""
        ...

    async def erasing(self) -> list[str]:
        """Organizations whose events are yet to be looked through for people who were erased."""
        ...

    async def retentions(self) -> Mapping[str, Retention]:
        """Of all organizations that do not keep everything for ever."""
        ...

    async def session_timeouts(self) -> Mapping[str, int]:
        """How long sessions may be open, in seconds (0: for ever), by organization: all of them."""
        ...

    async def sources(self, org_id: str) -> list[Source]: ...

    async def source(self, org_id: str, source_id: str) -> Source | None: ...

    async def source_health(self, org_id: str) -> list[SourceHealth]: ...

    async def refused(self, org_id: str, source_id: str) -> list[Refused]:
        """The latest refused deliveries of a source, the latest first."""
        ...

    async def heard(
        self, org_id: str, source_id: str, since: Sequence[int], spans: Sequence[Span]
    ) -> Heard:
        """What came since three instants, and in four spans; all begin with a quarter of an hour."""
        ...

    async def latest_events(
        self, org_id: str, source_id: str, since: int, most: int
    ) -> list[ReceivedEvent]:
        """The latest events of a source since an instant, the latest first.

        A source that brings few among many of others may have more than are found.
        """
        ...

    async def settle_key(self) -> str:
        """The name of the key that seals secrets; a ledger that names none yet names it now.

        Raises SecretKeyMissing where it is not here.
        """
        ...

    async def sealing_key(self) -> str | None:
        """The name of that key, whether it is here or not."""
        ...

    async def seal_with(self, name: str) -> None:
        """Let the key of this name seal from now on."""
        ...

    async def sealed_by(self, org_id: str) -> Mapping[str, str | None]:
        """With which key the secrets of each source are sealed; None where they are not."""
        ...


class Audit(Protocol):
    """Who did what: entries are added, and forgotten after a time, and never changed."""

    async def add(self, entry: Entry) -> None:
        """Keep something that changed nothing here; what does is noted with its change."""
        ...

    async def latest(
        self, org_id: str, before: tuple[int, str] | None, most: int
    ) -> Sequence[Kept]:
        """The latest entries, or those before an entry (its instant and id), the latest first."""
        ...

    async def since(self, org_id: str, after: tuple[int, str], most: int) -> Sequence[Kept]:
        """Those after an entry, or an instant and "", in the order in which they were made."""
        ...

    async def forget(self, org_id: str, before: int, most: int) -> int:
        """Forget the oldest of those before an instant; answers how many."""
        ...
