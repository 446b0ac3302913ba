"""Organizations as tests need them: with ids, rules and sources of their choice."""

from rollbook.domain.organizations import Organization, key_hash, new_key
from rollbook.domain.sources import Source
from rollbook.stores import Stores


async def add_organization(
    stores: Stores, organization: Organization, *sources: Source, key: str | None = None
) -> None:
    """Add an organization with a key, made where none is given, and with these sources."""
    hashed = key_hash(key or new_key(organization.org_id))
    async with stores.organizations.changing(organization.org_id) as change:
        await change.add_organization(organization, 0)
        await change.add_key(hashed, "first key", 0)
        for source in sources:
            await change.add_source(source)


async def add_source(stores: Stores, source: Source) -> None:
    async with stores.organizations.changing(source.org_id) as change:
        await change.add_source(source)
