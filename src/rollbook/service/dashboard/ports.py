"""What the dashboard needs of a store."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from rollbook.domain.credits import CreditRule
from rollbook.domain.presets import Term
from rollbook.domain.report import Profile
from rollbook.domain.stays import Stay
from rollbook.domain.tally import BareStay


class Neighbour(NamedTuple):
    """Somebody who was there from the same address at the same time."""

    uid: str
    name: str | None
    ip_address: str


class Crowd(Protocol):
    """Everybody's sessions, in one unchanging state of the ledger."""

    def stays(self, org_id: str, start: int, end: int) -> AsyncIterator[Sequence[BareStay]]:
        """Batches of the sessions that joined from `start` (included) to `end`, in any order."""
        ...

    async def people(self, org_id: str) -> dict[str, Profile]:
        """Everybody that was ever seen, by uid."""
        ...

    async def titles(self, org_id: str) -> dict[str, str | None]:
        """The titles of rooms, by room id; a room that never had one may be missing."""
        ...


class Browsing(Protocol):
    """Finds what the dashboard shows, and keeps what is set there."""

    def crowd(self) -> AbstractAsyncContextManager[Crowd]: ...

    async def stays_of_person(
        self, org_id: str, uid: str, start: int, end: int, most: int
    ) -> list[Stay]:
        """A person's stays, newest first, at most `most`."""
        ...

    async def stays_in_room(
        self, org_id: str, room_id: str, start: int, end: int, most: int
    ) -> list[Stay]:
        """Everybody's stays in a room, newest first, at most `most`."""
        ...

    async def running(self, org_id: str, most: int) -> list[Stay]:
        """Who is in a room now, latest join first."""
        ...

    async def latest_joins(self, org_id: str, uids: Sequence[str]) -> Mapping[str, int]: ...

    async def latest_join_in_room(self, org_id: str, room_id: str) -> int | None: ...

    async def neighbours(
        self, org_id: str, uid: str, start: int, end: int, most: int
    ) -> list[Neighbour]:
        """Who shared an address with a person, looking at the newest `most` of their sessions."""
        ...

    async def term(self, org_id: str) -> Term | None: ...

    async def set_term(self, org_id: str, term: Term) -> None: ...

    async def set_credit_rule(self, org_id: str, rule: CreditRule) -> None: ...

    async def secret(self, name: str, fresh: str, now: int) -> str:
        """The installation's secret of this name; `fresh` becomes it where there is none yet."""
        ...
