"""The rooms of an organization and their use in a range."""

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.service.reports.ports import FoundRooms, Overviews
from rollbook.service.reports.usage import counting

PAGE = 100


async def rooms(
    overviews: Overviews,
    organization: Organization,
    days: Period,
    now: int,
    search: str = "",
    page: int = 1,
) -> FoundRooms:
    """A page of the rooms whose id or title contains `search`, in any case of letters."""
    async with overviews.use() as use:
        return await use.rooms(counting(organization, days, now), search, page, PAGE)
