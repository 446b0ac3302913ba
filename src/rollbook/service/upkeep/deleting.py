"""Deleting organizations and sources, with all that they brought.

What is deleted is closed first: who is known to running services for a few seconds more brings nothing
into what is gone. Whatever is cut off is done by saying it again.
"""

import asyncio

from rollbook.service.upkeep.ports import Deletions

CLOSING_SECONDS = 6.0
"""Longer than a running service lets in whom it knew (service/memory.py), and what it then commits."""

_PART = 1_000


async def delete_organization(deletions: Deletions, org_id: str, now: int) -> None:
    """Delete an organization and all that it holds; nobody else waits for more than a part of it."""
    await deletions.close_organization(org_id, now)
    await asyncio.sleep(CLOSING_SECONDS)
    while await deletions.delete_from_organization(org_id, _PART):
        pass


async def delete_source(deletions: Deletions, org_id: str, source_id: str) -> None:
    """Delete a source that is disabled, its sessions and events, and people of whom nothing is left."""
    await asyncio.sleep(CLOSING_SECONDS)
    after: str | None = ""
    while after is not None:
        after = await deletions.delete_sessions_of_source(org_id, source_id, after, _PART)
    while await deletions.delete_from_source(org_id, source_id, _PART):
        pass
    after = ""
    while after is not None:
        after = await deletions.delete_people_of_nothing(org_id, after, _PART)
