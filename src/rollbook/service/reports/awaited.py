"""Rooms in which a class is planned now, and nobody is."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_around, time_zone
from rollbook.domain.schedules import Planned, planned
from rollbook.service.reports.class_ports import RoomName, Schedules
from rollbook.service.reports.live import Live
from rollbook.service.reports.shared import Shared

DAY_MS = 30_000
"""How long the plans of a day are shown before they are looked up anew."""

MOST_ENTRIES = 5_000
"""Of schedules that are looked at; who plans more for a day sees some of it."""


class Awaited(NamedTuple):
    """A class that is planned for now, in a room where nobody is."""

    room: RoomName
    plan: Planned


class PlansOfDay:
    """What is planned in all rooms of organizations, looked up once in a while, whoever looks."""

    def __init__(self, schedules: Schedules) -> None:
        self._schedules = schedules
        self._shared: Shared[tuple[str, Period], Sequence[Awaited]] = Shared(DAY_MS)

    async def awaited(self, organization: Organization, shown: Live) -> list[Awaited]:
        """The classes that go on by plan and in whose room nobody is, by when they began.

        Where not everybody is looked at who is in a room, nobody can tell: then it is none.
        """
        if shown.cut:
            return []
        day = day_around(shown.at, organization.time_zone)
        every = await self._shared.answer(
            (organization.org_id, day), shown.at, self._of_day(organization, day)
        )
        taken = {room.room_id for room in shown.rooms}
        return [
            one
            for one in every
            if one.plan.start <= shown.at < one.plan.end and one.room.room_id not in taken
        ]

    async def _of_day(self, organization: Organization, day: Period) -> Sequence[Awaited]:
        zone = time_zone(organization.time_zone)
        # What began yesterday may go on over midnight.
        first = day.first - timedelta(days=min(1, day.first.toordinal() - 1))
        rooms = await self._schedules.of_rooms(organization.org_id, first, day.last, MOST_ENTRIES)
        found = [
            Awaited(room, one)
            for room, schedule in rooms
            for one in planned(schedule, first, day.last, zone)
        ]
        return sorted(found, key=lambda one: (one.plan.start, one.room.room_id))
