"""How the secrets of sources are sealed: with which key, and anew with another."""

from collections.abc import Mapping

from rollbook.service.organizations.ports import Organizations, Resealed


async def reseal(organizations: Organizations) -> Resealed:
    """Seal every secret with the ledger's key that is sealed with another, or not yet.

    Each organization is a transaction of its own, and what is done is done: cut off, it is run again.
    Raises SecretKeyMissing.
    """
    name = await organizations.settle_key()
    sources, unreadable = 0, list[str]()
    for organization in await organizations.organizations():
        by = await organizations.sealed_by(organization.org_id)
        if set(by.values()) - {name}:
            async with organizations.changing(organization.org_id) as change:
                done = await change.reseal()
            sources, unreadable = sources + done.sources, [*unreadable, *done.unreadable]
    return Resealed(sources, tuple(unreadable))


async def seals(organizations: Organizations) -> Mapping[str | None, int]:
    """Of how many sources the secrets are sealed with each key; with None, of how many not at all."""
    count: dict[str | None, int] = {}
    for organization in await organizations.organizations():
        for name in (await organizations.sealed_by(organization.org_id)).values():
            count[name] = count.get(name, 0) + 1
    return count
