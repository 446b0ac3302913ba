"""The rooms of an organization and their use in a range."""

from rollbook.domain.errors import NotFound
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.service.reports.ports import FoundRooms, Overviews, RoomsQuestion, RoomUse
from rollbook.service.reports.usage import counting

PAGE = 100


async def rooms(
    overviews: Overviews,
    organization: Organization,
    days: Period,
    question: RoomsQuestion,
    now: int,
) -> FoundRooms:
    """Find rooms that were used. Sessions still running count up to `now` (ms UTC)."""
    async with overviews.use() as use:
        return await use.rooms(counting(organization, days, now), question, PAGE)


async def room_use(
    overviews: Overviews, organization: Organization, days: Period, room_id: str, now: int
) -> RoomUse:
    """What one room adds up to. Raises NotFound for a room of which nothing was ever told."""
    async with overviews.use() as use:
        found = await use.room(counting(organization, days, now), room_id)
    if found is None:
        raise NotFound("Room not found")
    return found
