"""What upkeep and rebuilding need of a store, as Protocols."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

from rollbook.domain.context import Context
from rollbook.domain.events import Fact
from rollbook.domain.presences import Presence
from rollbook.domain.values import value
from rollbook.service.ingest.ports import RoomMark

RoundOutcome = Literal["done", "elsewhere", "failed"]
"""What became of a round of upkeep: another process does it where it is `elsewhere`."""


@value
class Sighting:
    """When a session was last seen in a listing, and since when it is missed (ms UTC)."""

    seen_at: int
    missed_at: int | None = None


@value
class Look:
    """One look at a platform: the sightings of its source's sessions before and after it."""

    at: int
    before: Mapping[str, Sighting]
    after: Mapping[str, Sighting]


class UpkeepStore(Protocol):
    """What upkeep reads, and what it has to remember."""

    async def take_lease(self, name: str, holder: str, now: int, until: int) -> bool:
        """Take or renew a lease; False while another holder has it.

        Another's that would last beyond `until` and some seconds is none.
        """
        ...

    async def give_up_lease(self, name: str, holder: str) -> None: ...

    async def overdue(
        self, org_id: str, source_id: str, joined_until: int, most: int
    ) -> list[Presence]:
        """Open sessions that joined until then, the oldest first."""
        ...

    async def forget_quarters(self, org_id: str, source_id: str, before: int) -> None:
        """Forget what came of a source in quarters of an hour that began before."""
        ...

    async def timed_out_after(
        self, org_id: str, source_id: str, now: int, joined_after: int, most: int
    ) -> list[Presence]:
        """Sessions that joined after that, and were timed out for an end that lies after `now`."""
        ...

    async def presences_to_compare(
        self, org_id: str, source_id: str, session_ids: Collection[str]
    ) -> list[Presence]:
        """The open sessions of a source, and these."""
        ...

    async def shed_log(self) -> bool:
        """Let the database's own log hold nothing of before; False where somebody reads from it."""
        ...

    async def sightings(self, org_id: str, source_id: str) -> Mapping[str, Sighting]: ...

    async def save_look(self, org_id: str, source_id: str, look: Look) -> None: ...


ContextKey = tuple[str, str, int]
"""A context: of whom, in which room, told when (ms UTC)."""

FIRST_CONTEXT: ContextKey = ("", "", 0)

Daily = Literal["context_agents", "people"]
"""What is looked through as a whole, and so once a day."""


class RetentionStore(Protocol):
    """What organizations keep for a time only. Each forgetting is one part, durable at its end."""

    async def forget_session_addresses(self, org_id: str, before: int, most: int) -> bool:
        """Take away addresses of sessions that began before; whether there are more."""
        ...

    async def forget_context_addresses(self, org_id: str, before: int, most: int) -> int:
        """Take away addresses that applications told before; answers of how many."""
        ...

    async def forget_event_addresses(self, org_id: str, before: int, most: int) -> bool:
        """Take away addresses in events that arrived before; whether there are more."""
        ...

    async def forget_payloads(self, org_id: str, before: int, most: int) -> bool:
        """Take away payloads of events that arrived before; whether there are more."""
        ...

    async def forget_session_agents(self, org_id: str, before: int, most: int) -> bool:
        """Take away user agents of sessions that began before; whether there are more."""
        ...

    async def forget_event_agents(self, org_id: str, before: int, most: int) -> bool:
        """Take away user agents in events that arrived before; whether there are more."""
        ...

    async def forget_context_agents(
        self, org_id: str, before: int, after: ContextKey, most: int
    ) -> ContextKey | None:
        """The same of the next contexts; answers the last that was looked at, None after all."""
        ...

    async def people_not_seen_since(self, org_id: str, before: int) -> list[str]:
        """Who joined last before, and is no pseudonym: some of them."""
        ...

    async def is_due(self, org_id: str, what: Daily, until: int, every: int) -> bool:
        """Whether that was done last for an instant so much earlier (ms), or never."""
        ...

    async def note_done(self, org_id: str, what: Daily, until: int) -> None: ...


# --- deleting --------------------------------------------------------------------------------


@value
class Counted:
    """How much there is to delete."""

    sessions: int
    events: int


class Deletions(Protocol):
    """Deletes in parts, each durable at its end. What is told below answers whether there is more."""

    async def of_organization(self, org_id: str) -> Counted: ...

    async def of_source(self, org_id: str, source_id: str) -> Counted: ...

    async def close_organization(self, org_id: str, now: int) -> None:
        """Let nobody in any more: end its keys, and disable its sources."""
        ...

    async def delete_from_organization(self, org_id: str, most: int) -> bool:
        """Delete some rows; in the end the organization itself."""
        ...

    async def delete_sessions_of_source(
        self, org_id: str, source_id: str, after: str, most: int
    ) -> str | None:
        """Delete the next sessions, by their ids; answers the last, None after all."""
        ...

    async def delete_from_source(self, org_id: str, source_id: str, most: int) -> bool:
        """Delete some of what else it brought; in the end the source itself."""
        ...

    async def delete_people_of_nothing(self, org_id: str, after: str, most: int) -> str | None:
        """Delete those of the next people of whom nothing else is held; None after the last."""
        ...


# --- rebuilding ------------------------------------------------------------------------------


@value
class EventFacts:
    """What a stored event means, and the session it is about, where it is about one."""

    event_id: str
    session_id: str | None
    facts: tuple[Fact, ...]


class EvidenceReader(Protocol):
    """Reads stored events, and what was made of them, from one unchanging state."""

    async def rooms_after(self, source_id: str, room_id: str, most: int) -> list[tuple[str, int]]:
        """The next rooms that events of a source tell of, and how many each."""
        ...

    async def events_of_rooms(
        self, source_id: str, room_ids: Collection[str]
    ) -> list[EventFacts]: ...

    async def events_elsewhere(
        self, room_ids: Collection[str], session_ids: Collection[str]
    ) -> list[EventFacts]:
        """What was told of these sessions in rooms other than these."""
        ...

    async def stays(self, session_ids: Collection[str]) -> list[Presence]:
        """All stays of these presences, by the ids of their first stays."""
        ...

    async def contexts(
        self, participant_ids: Sequence[str], room_ids: Sequence[str]
    ) -> list[Context]: ...

    async def room_marks(self, source_id: str, room_ids: Sequence[str]) -> list[RoomMark]: ...

    async def sessions_after(self, source_id: str, session_id: str, most: int) -> list[str]:
        """The next stored sessions of a source."""
        ...

    async def sessions_told(self, session_ids: Collection[str]) -> set[str]:
        """Those of them that any event tells of."""
        ...


class EvidenceWriter(EvidenceReader, Protocol):
    """The same while holding the organization alone; what it writes is committed at the end."""

    async def replace_presences(
        self, gone: Collection[str], presences: Iterable[Presence]
    ) -> None: ...

    async def write_anew(self, source_id: str, room_ids: Collection[str], most: int) -> int:
        """Write some events of these rooms in today's form that are in another; answers how many."""
        ...

    async def replace_room_marks(
        self, source_id: str, gone: Iterable[RoomMark], marks: Iterable[RoomMark]
    ) -> None: ...


class Evidence(Protocol):
    """Opens the stored events of an organization for checking and for rebuilding."""

    def reading(self, org_id: str) -> AbstractAsyncContextManager[EvidenceReader]: ...

    def holding(self, org_id: str) -> AbstractAsyncContextManager[EvidenceWriter]: ...
