"""The rooms that somebody taught in, and their classes there."""

import asyncio
from collections.abc import Sequence

from rollbook.domain.attendance import AskedRule, Attended, Verdict
from rollbook.domain.classes import HeldClass
from rollbook.domain.events import Role
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.domain.sheets import JudgedClass
from rollbook.domain.values import value
from rollbook.service.reports.class_ports import RoomName
from rollbook.service.reports.person import MOST_STAYS
from rollbook.service.reports.room import RoomSources, judged_classes

_LOOKED_AT = 2_000
"""Sessions after which no more rooms are looked at: a fifth of a second's work."""


@value
class TaughtClass:
    """A class, the teacher in it, and how many were there who do not teach."""

    held: HeldClass
    teacher: Attended
    pupils: int


@value
class TaughtRoom:
    """A room and the classes that somebody taught there, latest first."""

    room: RoomName
    classes: Sequence[TaughtClass]


@value
class Taught:
    """Rooms by when they were last joined; `after` is where the rooms that were not looked at begin."""

    rooms: Sequence[TaughtRoom]
    after: int | None


async def rooms_taught(
    sources: RoomSources,
    organization: Organization,
    uid: str,
    days: Period,
    now: int,
    after: int = 0,
) -> Taught:
    """Where somebody taught in a range, from the room of this number on."""
    stays = await sources.overviews.stays_of_person(
        organization.org_id, uid, days.start, days.end, MOST_STAYS
    )
    names = {stay.room_id: stay.room_title for stay in stays}
    rooms: list[TaughtRoom] = []
    looked_at = 0
    for number, (room_id, title) in enumerate(list(names.items())[after:], after):
        if looked_at >= _LOOKED_AT:
            return Taught(rooms, number)
        found = await judged_classes(sources, organization, days, room_id, AskedRule(), now)
        looked_at += sum(len(judged.held.stays) for judged in found.classes)
        classes = await asyncio.to_thread(_of_teacher, found.classes, uid)
        if classes:
            rooms.append(TaughtRoom(RoomName(room_id, title), classes))
    return Taught(rooms, None)


def _of_teacher(classes: Sequence[JudgedClass], uid: str) -> Sequence[TaughtClass]:
    taught = []
    for judged in reversed(classes):
        there = [one for one in judged.people if one.verdict is not Verdict.ABSENT]
        teacher = next((one for one in there if one.person.uid == uid), None)
        if teacher is not None:
            pupils = sum(one.person.role != Role.TEACHER for one in there)
            taught.append(TaughtClass(judged.held, teacher, pupils))
    return taught
