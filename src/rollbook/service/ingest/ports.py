"""What taking in events needs of a store, as Protocols."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import IntEnum
from typing import NamedTuple, Protocol

from rollbook.domain.context import Context
from rollbook.domain.erasing import Pseudonyms
from rollbook.domain.events import Fact, PresenceFact, Role, Room
from rollbook.domain.limits import Intake
from rollbook.domain.presences import Presence
from rollbook.domain.retention import Addresses
from rollbook.domain.sources import Refused
from rollbook.domain.values import value


class PersonNote(NamedTuple):
    """The latest that some events told of a person: name and role, and when each was told."""

    uid: str
    name: str | None = None
    name_told_at: int | None = None
    role: Role | None = None
    role_told_at: int | None = None


class RoomNote(NamedTuple):
    """The latest title that some events told of a room, and when."""

    room_id: str
    title: str
    told_at: int


class StoredEvent(NamedTuple):
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


class KeptEvent(NamedTuple):
    """An event and the key that it is kept under."""

    key: str
    event: StoredEvent


class Unfinished(IntEnum):
    """What all events are looked through for: ids of who was erased, and their names.

    `PASSING`: ids that are forgotten too once that is done, so that who comes back is somebody new.
    """

    ID = 1
    NAME = 2
    PASSING = 3


@value
class RoomMark:
    """A room, or one run of it, began or ended at `at`, as the event of that id told.

    `started_at` is what an end told of when its run had begun.
    """

    room: Room
    at: int
    event_id: str
    ended: bool
    started_at: int | None = None


@value
class DeliveryCount:
    """What became of some deliveries of a source. `lag_ms` is how old the latest was."""

    received_at: int
    lag_ms: int
    accepted: int = 0
    duplicates: int = 0
    ignored: int = 0
    late: int = 0


@value
class RejectionCount:
    """Deliveries that no secret of their source proved, and why the latest was refused."""

    rejected: int
    last_at: int
    reason: str


class LedgerTransaction(Protocol):
    """One organization's ledger, held alone until the transaction ends.

    `lasts` (ms) is how long the organization lets a session be open; None for ever. `pseudonyms` are
    those of who was erased; None where nobody was. `addresses`: what is kept of them.
    """

    lasts: int | None
    pseudonyms: Pseudonyms | None
    addresses: Addresses

    async def erased_among(
        self, pseudonyms: Collection[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Those of them that are of ids of who was erased, and of their names."""
        ...

    async def note_erased(self, pseudonyms: Iterable[str], now: int, kind: Unfinished) -> None:
        """From now on who has them is forgotten; all events are to be looked through for them."""
        ...

    async def events_of(self, session_ids: Collection[str]) -> list[KeptEvent]:
        """All events about these presences, by the ids of their first stays."""
        ...

    async def replace_events(self, pairs: Iterable[tuple[KeptEvent, StoredEvent]]) -> None:
        """Keep other events in the place of some, under ids of their own."""
        ...

    async def forget_sightings(self, source_id: str, session_ids: Iterable[str]) -> None: ...

    async def known_events(self, source_id: str, event_ids: Sequence[str]) -> Mapping[str, str]:
        """The body hashes of those events that are in the ledger already, by event id."""
        ...

    async def add_events(self, events: Iterable[StoredEvent]) -> None: ...

    async def remove_events(self, source_id: str, event_ids: Iterable[str]) -> None:
        """Forget events that the ledger itself had made, and that were wrong."""
        ...

    async def facts_of(self, session_ids: Sequence[str]) -> Mapping[str, Sequence[PresenceFact]]:
        """All facts about these presences, by the ids that their events are kept under."""
        ...

    async def room_marks(self, source_id: str, room_ids: Sequence[str]) -> list[RoomMark]:
        """When these rooms began and ended."""
        ...

    async def add_room_marks(self, source_id: str, marks: Iterable[RoomMark]) -> None: ...

    async def unsettled_in_rooms(self, source_id: str, room_ids: Sequence[str]) -> list[Presence]:
        """The presences in these rooms whose end was not told for certain."""
        ...

    async def stays_of_people(
        self, source_id: str, instance_ids: Sequence[str], participant_ids: Sequence[str]
    ) -> list[Presence]:
        """The presences of any of these people in any of these runs of rooms.

        People are named as their platform tells them apart.
        """
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

    async def count_intake(self, intake: Mapping[str, Intake]) -> None:
        """Count what came in, by spans of time."""
        ...

    async def count_rejections(self, source_id: str, count: RejectionCount) -> None: ...

    async def note_refused(self, source_id: str, refused: Sequence[Refused], most: int) -> None:
        """Remember these too; of a source at most about the latest `most`."""
        ...

    async def presences(self, session_ids: Sequence[str]) -> list[Presence]: ...

    async def stays(self, session_ids: Sequence[str]) -> list[Presence]:
        """All stays of presences whose ids may come again, by the ids of their first stays."""
        ...

    async def stays_in_instances(
        self, source_id: str, instance_ids: Sequence[str]
    ) -> list[Presence]:
        """Everybody's stays in these runs of rooms."""
        ...

    async def stays_joined_between(
        self, source_id: str, room_id: str, after: int | None, before: int | None
    ) -> list[Presence]:
        """Stays in a room whose runs have no names, by when they joined; both ends included."""
        ...

    async def save_presences(self, presences: Iterable[Presence]) -> None: ...

    async def remove_sessions(self, session_ids: Iterable[str]) -> None: ...

    async def note_people(self, notes: Iterable[PersonNote]) -> None:
        """Keep the latest name and role of each person, told once; ties go to the greater text."""
        ...

    async def note_rooms(self, notes: Iterable[RoomNote]) -> None:
        """Keep the latest title of each room, told once; ties go to the greater text."""
        ...


@value
class FileImport:
    """A file that was imported: what went in under one id, and when it was taken back (ms UTC)."""

    import_id: str
    source_id: str
    file_name: str
    form: str
    imported_at: int
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    undone_at: int | None = None


class ImportTransaction(LedgerTransaction, Protocol):
    """The same for files: what each import tells is kept apart, so that it can be taken back."""

    async def file_import(self, import_id: str) -> FileImport | None: ...

    async def save_import(self, file: FileImport) -> None: ...

    async def remove_import_events(
        self, source_id: str, import_id: str, most: int
    ) -> list[tuple[str, Sequence[PresenceFact]]]:
        """Take away the next of them; answers the presence that each was about, and its facts."""
        ...

    async def note_imported(
        self, import_id: str, people: Iterable[PersonNote], rooms: Iterable[RoomNote]
    ) -> None:
        """Keep the names, roles and titles that an import tells, beside those that events tell."""
        ...

    async def forget_imported(
        self, import_id: str, participant_ids: Sequence[str], room_ids: Sequence[str]
    ) -> None:
        """Take back what an import told of these people and rooms."""
        ...


class ErasingTransaction(LedgerTransaction, Protocol):
    """The same for erasing people."""

    async def known_pseudonyms(self) -> Pseudonyms:
        """Those of the organization, which has them from now on."""
        ...

    async def names(self, uid: str) -> list[str]:
        """What a person is called beside what events tell."""
        ...

    async def identities(self, uid: str) -> list[str]:
        """What platforms tell them apart by, where that is another id."""
        ...

    async def rename_person(self, uid: str, pseudonym: str) -> None:
        """Let all that is kept of a person beside events and sessions be of the pseudonym."""
        ...

    async def sessions_of(self, uid: str, most: int) -> list[Presence]:
        """Some of a person's sessions."""
        ...

    async def sessions_after(self, uid: str, session_id: str, most: int) -> list[Presence]:
        """The next of them, by their ids."""
        ...

    async def looked_through(self) -> int | None:
        """Until when all events were looked through, by their arrival; None where all were."""
        ...

    async def events_after(self, since: int, most: int) -> tuple[list[KeptEvent], int | None]:
        """About so many events that arrived from then on, and until when; None for the last."""
        ...

    async def note_looked_through(self, until: int) -> None: ...

    async def unfinished(self) -> list[str]:
        """The pseudonyms for which not all events were looked through."""
        ...

    async def finish(self) -> None:
        """All events were looked through for everybody."""
        ...


class Erasures(Protocol):
    """Opens transactions that erase people."""

    def erasing(self, org_id: str) -> AbstractAsyncContextManager[ErasingTransaction]: ...


class Imports(Protocol):
    """Opens transactions for files."""

    def importing(self, org_id: str) -> AbstractAsyncContextManager[ImportTransaction]: ...

    async def imports(self, org_id: str) -> list[FileImport]:
        """The files that were imported, the latest first."""
        ...

    async def latest_imports(self, org_id: str, most: int) -> list[FileImport]:
        """The same, of them so many at most."""
        ...


class Ledger(Protocol):
    """Opens transactions that change sessions."""

    def transaction(self, org_id: str) -> AbstractAsyncContextManager[LedgerTransaction]: ...

    def transactions(
        self, org_ids: Collection[str], lock_seconds: float | None = None
    ) -> AbstractAsyncContextManager[Mapping[str, LedgerTransaction]]:
        """One transaction over several organizations, each held alone.

        Raises StoreLocked where somebody else holds one of them for so long; unless that is said,
        for the time that a person or a platform waits.
        """
        ...
