"""One person in a range: what the API's report of them does not show."""

import asyncio
from collections.abc import Sequence

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.domain.stays import Stay, Times, TwoPlaces, times, two_places
from rollbook.domain.values import value
from rollbook.service.reports.ports import Overviews, SharedAddress

MOST_STAYS = 20_000
"""Stays looked at one by one; sums are of all of them, however many."""

_ADDRESSES = 50
"""Newest sessions whose addresses are compared with others'."""


@value
class PersonView:
    """The stays of a person, newest first, and what shows side by side. `cut`: older ones exist."""

    stays: Sequence[Stay]
    cut: bool
    times: Times
    two_places: Sequence[TwoPlaces]
    shared_addresses: Sequence[SharedAddress]
    last_seen: int | None


async def person(
    overviews: Overviews, organization: Organization, uid: str, days: Period, now: int
) -> PersonView:
    """Look at one person. Stays that last count up to `now` (ms UTC)."""
    org_id, start, end = organization.org_id, days.start, days.end
    newest = await overviews.stays_of_person(org_id, uid, start, end, MOST_STAYS + 1)
    stays = newest[:MOST_STAYS]
    latest = await overviews.latest_joins(org_id, [uid])
    return PersonView(
        stays,
        len(newest) > MOST_STAYS,
        # In a thread, as it grows with the stays: others wait for the loop.
        await asyncio.to_thread(times, stays, now),
        await asyncio.to_thread(two_places, stays, now),
        await overviews.shared_addresses(org_id, uid, start, end, _ADDRESSES),
        latest.get(uid),
    )
