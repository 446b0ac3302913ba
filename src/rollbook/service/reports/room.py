"""One room: who came, when and for how long."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from rollbook.domain.attendance import AttendanceRule, Attended, Rules, attendance
from rollbook.domain.classes import HeldClass, class_between, classes
from rollbook.domain.instants import from_datetime
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_around, day_of, time_zone
from rollbook.domain.report import Totals, session_line
from rollbook.domain.stays import Span, Stay, levels, peak, spans
from rollbook.service.reports.ports import Overviews

MOST_STAYS = 50_000

_AROUND_MS = 12 * 3_600_000
"""How far beyond the days is looked: a class over midnight is its first day's, with all its stays."""


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room in a range and its `classes`, earliest first; `chosen` is the one looked at.

    `shown` is the same, between the times that somebody said, where they did. `people` are those of the class that is shown. With `cut` there are more sessions than are
    looked at, and classes are missing.
    """

    room_id: str
    title: str | None
    classes: Sequence[HeldClass]
    chosen: HeldClass | None
    shown: HeldClass | None
    people: Sequence[Attended]
    steps: Sequence[tuple[int, int]]
    peak: tuple[int, int | None]
    totals: Totals
    cut: bool


async def latest_day(
    overviews: Overviews, organization: Organization, room_id: str, now: int
) -> Period:
    """The day on which a room was last joined; today where it never was."""
    at = await overviews.latest_join_in_room(organization.org_id, room_id)
    return day_around(now if at is None else at, organization.time_zone)


@dataclass(frozen=True, slots=True)
class RoomQuestion:
    """Which room, which of its classes (by an instant in it; None: the latest), under which rule.

    `times`, where somebody said them, are those between which that class lay, on its day.
    """

    room_id: str
    at: int | None
    rule: AttendanceRule
    times: tuple[time, time] | None = None


async def room(
    overviews: Overviews, organization: Organization, days: Period, question: RoomQuestion, now: int
) -> RoomView:
    """Look at a room and one of its classes."""
    newest = await overviews.stays_in_room(
        organization.org_id,
        question.room_id,
        days.start - _AROUND_MS,
        days.end + _AROUND_MS,
        MOST_STAYS + 1,
    )
    # In a thread, as it grows with the stays: others wait for the loop.
    return await asyncio.to_thread(_view, newest, organization, days, question, now)


def _view(
    newest: Sequence[Stay],
    organization: Organization,
    days: Period,
    question: RoomQuestion,
    now: int,
) -> RoomView:
    every = newest[:MOST_STAYS]
    held = classes(every, now, question.rule.gap * 60_000)
    held = [one for one in held if days.start <= one.start < days.end]
    shown = chosen = _chosen(held, question.at)
    if chosen and question.times:
        span = _span(chosen.start, question.times, time_zone(days.time_zone))
        shown = class_between(every, span, now)
    stays = shown.stays if shown else ()
    parts: Sequence[Span] = spans(stays, now)
    rules = Rules(question.rule, organization.credit_rule)
    return RoomView(
        question.room_id,
        next((stay.room_title for stay in newest), None),
        held,
        chosen,
        shown,
        attendance(shown, rules, now) if shown else (),
        levels(parts),
        peak(parts),
        _totals(stays, organization, now),
        len(newest) > MOST_STAYS,
    )


def _chosen(held: Sequence[HeldClass], at: int | None) -> HeldClass | None:
    """The class that went on at an instant, or began last before it; else the latest."""
    if not held:
        return None
    if at is None:
        return held[-1]
    return next((one for one in reversed(held) if one.start <= at), held[0])


def _span(began: int, times: tuple[time, time], zone: ZoneInfo) -> Span:
    """Two times on the wall on the day on which a class began; one before the other is the next day's."""
    day = day_of(began, zone)
    following = day if times[0] < times[1] else day + timedelta(days=1)
    start, end = (
        from_datetime(datetime.combine(*one, tzinfo=zone))
        for one in ((day, times[0]), (following, times[1]))
    )
    return start, end


def _totals(stays: Sequence[Stay], organization: Organization, now: int) -> Totals:
    totals = Totals()
    for stay in stays:
        totals.count(
            session_line(stay.joined_at, stay.left_at, None, organization.credit_rule, now)
        )
    return totals
