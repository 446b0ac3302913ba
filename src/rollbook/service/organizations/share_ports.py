"""What shared links need of a store, as Protocols."""

from collections.abc import Sequence
from typing import Protocol

from rollbook.domain.sharing import SharedLink, SharedView


class ShareChange(Protocol):
    """What is changed of shared links, in a change of their organization (ports.OrganizationChange)."""

    async def count_shared(self, now: int) -> int:
        """How many links there are whose time is not over."""
        ...

    async def add_shared(
        self,
        token_hash: str,
        view: SharedView,
        by: tuple[str | None, str | None],
        at: int,
        until: int,
    ) -> None:
        """Keep a link; `by` is the id of a user, or None and the hash of a key."""
        ...

    async def end_shared(self, token_hash: str) -> bool:
        """Take a link away; whether there was one."""
        ...


class SharedLinks(Protocol):
    """Links by which a page can be read without signing in."""

    async def links(self, org_id: str, now: int) -> Sequence[SharedLink]:
        """Those whose time is not over, the latest first."""
        ...

    async def link(self, org_id: str, token_hash: str, now: int) -> SharedLink | None:
        """One of them."""
        ...

    async def opened(self, org_id: str, token_hash: str, day: int) -> None:
        """Keep on which day (ms UTC) it was opened last."""
        ...

    async def forget_shared(self, org_id: str, now: int) -> int:
        """Take away those whose time is over; answers how many."""
        ...
