"""What the use cases need of the outside, as Protocols. Stores and sources implement them."""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from rollbook.domain.context import Context
from rollbook.domain.events import Fact, Participant, Room
from rollbook.domain.organizations import KeyRecord, Organization, Source
from rollbook.domain.report import Profile, StoredSession
from rollbook.domain.sessions import Presence

# --- reading ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """Which sessions: those that joined from `start` (included) to `end` (ms UTC)."""

    org_id: str
    uid: str
    start: int
    end: int
    room_id: str | None = None


@dataclass(frozen=True, slots=True)
class SessionBatch:
    """Some sessions, and who their participant is: the store tells both in one look."""

    participant: Profile
    sessions: Sequence[StoredSession]


class SessionReader(Protocol):
    """Reads from one unchanging state of the ledger."""

    def newest_first(self, query: SessionQuery) -> AsyncGenerator[SessionBatch, None]:
        """Batches of bounded size, latest join first; none at all where nothing matches."""
        ...

    def oldest_first(self, query: SessionQuery) -> AsyncGenerator[SessionBatch, None]:
        """The same, earliest join first."""
        ...

    async def profile(self, org_id: str, uid: str) -> Profile:
        """The latest known name and role; both None for an unknown uid."""
        ...

    async def room_title(self, org_id: str, room_id: str) -> str | None:
        """The latest known title of a room."""
        ...


class Reports(Protocol):
    """Finds the sessions of a participant."""

    async def recent(self, query: SessionQuery, most: int) -> SessionBatch | None:
        """The sessions of the query, newest first, in one look; None where more than `most`."""
        ...

    async def room_title(self, org_id: str, room_id: str) -> str | None:
        """The latest known title of a room."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[SessionReader]:
        """A reader for what takes several looks."""
        ...


# --- writing ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonNote:
    """What an event told at `at` about a person."""

    participant: Participant
    at: int


@dataclass(frozen=True, slots=True)
class RoomNote:
    """What an event told at `at` about a room."""

    room: Room
    at: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the ledger keeps it. Instants in milliseconds UTC.

    `body_hash` tells a repeated event from another one under the same id. `session_id` and
    `room_id` say what it is about, where it is about one.
    """

    source_id: str
    event_id: str
    event_type: str
    occurred_at: int
    received_at: int
    body_hash: str
    facts: tuple[Fact, ...]
    payload: str | None
    room_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class RoomEnd:
    """A room, or one run of it, ended at `at`, as the event of that id told."""

    room: Room
    at: int
    event_id: str


@dataclass(frozen=True, slots=True)
class DeliveryCount:
    """What became of some deliveries of a source. `lag_ms` is how old the latest was."""

    received_at: int
    lag_ms: int
    accepted: int = 0
    duplicates: int = 0
    ignored: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class RejectionCount:
    """Deliveries that no secret of their source proved, and why the latest was refused."""

    rejected: int
    last_at: int
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Deliveries of a source that were refused at one moment (ms UTC) for one reason."""

    at: int
    reason: str
    deliveries: int = 1


class LedgerTransaction(Protocol):
    """One organization's ledger, held alone until the transaction ends."""

    async def known_events(self, source_id: str, event_ids: Sequence[str]) -> Mapping[str, str]:
        """The body hashes of those events that are in the ledger already, by event id."""
        ...

    async def add_events(self, events: Iterable[StoredEvent]) -> None: ...

    async def room_ends(self, source_id: str, room_ids: Sequence[str]) -> list[RoomEnd]: ...

    async def add_room_ends(self, source_id: str, ends: Iterable[RoomEnd]) -> None: ...

    async def unsettled_in_rooms(self, source_id: str, room_ids: Sequence[str]) -> list[Presence]:
        """The presences in these rooms whose end was not told for certain."""
        ...

    async def stays_of_people(
        self, source_id: str, instance_ids: Sequence[str], participant_ids: Sequence[str]
    ) -> list[Presence]:
        """The presences of any of these people in any of these runs of rooms."""
        ...

    async def add_context(self, context: Context) -> None: ...

    async def contexts(
        self, participant_ids: Sequence[str], room_ids: Sequence[str]
    ) -> list[Context]:
        """What was told of any of these people in any of these rooms."""
        ...

    async def sessions_near(self, context: Context) -> list[Presence]:
        """The presences that a context may belong to, by their times."""
        ...

    async def count_deliveries(self, source_id: str, count: DeliveryCount) -> None: ...

    async def count_rejections(self, source_id: str, count: RejectionCount) -> None: ...

    async def note_refused(self, source_id: str, refused: Sequence[Refused], most: int) -> None:
        """Remember these too; of a source at most about the latest `most`."""
        ...

    async def presences(self, session_ids: Sequence[str]) -> list[Presence]: ...

    async def save_presences(self, presences: Iterable[Presence]) -> None: ...

    async def note_people(self, notes: Iterable[PersonNote]) -> None:
        """Keep the latest name and role of each person; ties go to the greater text."""
        ...

    async def note_rooms(self, notes: Iterable[RoomNote]) -> None:
        """Keep the latest title of each room; ties go to the greater text."""
        ...


class Ledger(Protocol):
    """Opens transactions that change sessions."""

    def transaction(self, org_id: str) -> AbstractAsyncContextManager[LedgerTransaction]: ...

    def transactions(
        self, org_ids: Collection[str]
    ) -> AbstractAsyncContextManager[Mapping[str, LedgerTransaction]]:
        """One transaction over several organizations, each held alone."""
        ...


@dataclass(frozen=True, slots=True)
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


class Organizations(Protocol):
    """Tenants, their keys and their sources."""

    async def organization(self, org_id: str) -> Organization | None: ...

    async def organization_by_key(self, org_id: str, key_hash: str) -> Organization | None:
        """The organization, if this key of it is not revoked."""
        ...

    async def organizations(self) -> list[Organization]: ...

    async def add_organization(
        self, organization: Organization, key_hash: str, label: str, now: int
    ) -> None:
        """Add an organization together with its first key."""
        ...

    async def rename_organization(self, org_id: str, name: str) -> None: ...

    async def set_time_zone(self, org_id: str, time_zone: str) -> None: ...

    async def add_key(self, org_id: str, key_hash: str, label: str, now: int) -> None: ...

    async def keys(self, org_id: str) -> list[KeyRecord]: ...

    async def revoke_key(self, org_id: str, key_hash: str, now: int) -> bool:
        """End a key; whether there was one of that hash that still worked."""
        ...

    async def sources(self, org_id: str) -> list[Source]: ...

    async def source(self, org_id: str, source_id: str) -> Source | None: ...

    async def add_source(self, source: Source) -> None: ...

    async def set_secrets(self, source: Source) -> None:
        """Store the secrets that the source has now."""
        ...

    async def set_settings(self, source: Source) -> None:
        """Store the settings that the source has now."""
        ...

    async def set_disabled(self, source: Source) -> None:
        """Store whether the source is disabled now."""
        ...

    async def source_health(self, org_id: str) -> list[SourceHealth]: ...

    async def refused(self, org_id: str, source_id: str) -> list[Refused]:
        """The latest refused deliveries of a source, the latest first."""
        ...


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event as it can be shown: what the platform said, with credentials taken out.

    `payload` is None once its time of keeping is over. Instants in milliseconds UTC.
    """

    source_id: str
    event_id: str
    event_type: str
    occurred_at: int
    received_at: int
    payload: str | None


class History(Protocol):
    """Looks up the evidence behind a session."""

    async def presence(self, org_id: str, session_id: str) -> Presence | None: ...

    async def events_of_session(self, org_id: str, session_id: str) -> list[EventRecord]: ...

    async def events_of_room_end(self, org_id: str, presence: Presence) -> list[EventRecord]:
        """The events that told that the room of a presence had ended."""
        ...

    async def next_presence(self, org_id: str, presence: Presence) -> Presence | None:
        """The presence whose beginning ended this one."""
        ...
