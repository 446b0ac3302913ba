"""When classes of a room are planned: said by somebody, from a day on."""

import asyncio
from collections.abc import Callable
from datetime import date

from rollbook.domain.schedules import Schedule, changed, check
from rollbook.service.organizations.ports import Organizations

Change = Callable[[Schedule], Schedule]


async def set_schedule(
    organizations: Organizations, org_id: str, room_id: str, wanted: Schedule, day: date
) -> Schedule:
    """Say what is planned for a room from a day on; answers what holds then.

    What was said for later is replaced, and what was before stays. Raises InvalidInput for too much,
    and for two classes at one time.
    """
    return await change_schedule(
        organizations, org_id, room_id, lambda before: changed(before, wanted, day), day
    )


async def change_schedule(
    organizations: Organizations, org_id: str, room_id: str, change: Change, day: date
) -> Schedule:
    """Say something else of what is planned for a room; answers what holds from a day on.

    Raises InvalidInput for too much, and for two classes at one time from that day on.
    """
    async with organizations.changing(org_id) as changing:
        schedule = change(await changing.schedule(room_id))
        # In a thread, as it looks at years of days: others wait for the loop.
        await asyncio.to_thread(check, schedule, day)
        await changing.set_schedule(room_id, schedule)
    return schedule.since(day)
