"""When classes of a room are planned: said by somebody, from a day on."""

import asyncio
from collections.abc import Callable
from datetime import date

from rollbook.domain.schedules import Schedule, changed, checked
from rollbook.service.organizations.ports import Organizations

Change = Callable[[Schedule], Schedule]


async def set_schedule(
    organizations: Organizations, org_id: str, room_id: str, wanted: Schedule, day: date
) -> Schedule:
    """Say what is planned for a room from a day on; answers what holds then.

    What was said for later is replaced, and what was before stays. Raises InvalidInput for too much,
    and for two classes at one time.
    """

    def change(before: Schedule) -> Schedule:
        return checked(changed(before, wanted, day), day)

    return (await change_schedule(organizations, org_id, room_id, change)).since(day)


async def change_schedule(
    organizations: Organizations, org_id: str, room_id: str, change: Change
) -> Schedule:
    """Make another schedule of all that was ever planned for a room; answers it."""
    async with organizations.changing(org_id) as changing:
        before = await changing.schedule(room_id)
        # In a thread, as years of days may be looked at: others wait for the loop.
        schedule = await asyncio.to_thread(change, before)
        await changing.set_schedule(room_id, schedule)
    return schedule
