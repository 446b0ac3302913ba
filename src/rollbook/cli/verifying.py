"""Going through all that an organization has, beside what the stored events tell of it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from rollbook.domain.sources import Source
from rollbook.service.platforms import presences_of
from rollbook.service.upkeep.ports import Evidence
from rollbook.service.upkeep.rebuild import Checked, RebuildRules
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores, clock

Check = Callable[[Evidence, Source, RebuildRules], AsyncIterator[Checked]]
"""`verify` or `rebuild`."""


async def checked_sources(stores: Stores, org_id: str, check: Check) -> AsyncIterator[Checked]:
    """All that an organization has, source by source, beside what its events tell."""
    retention = await stores.organizations.retention(org_id)
    seconds = (await stores.organizations.session_timeouts()).get(org_id, 0)
    for source in await stores.organizations.sources(org_id):
        presences = presences_of(source, SOURCE_KINDS.get(source.kind))
        lasting = replace(presences, lasts=seconds * 1000 if seconds else None)
        now = clock()
        rules = RebuildRules(lasting, retention.addresses_before(now), retention.agents_before(now))
        async for checked in check(stores.evidence, source, rules):
            yield checked
