"""One room: who came, when and for how long."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rollbook.domain.attendance import AttendanceRule, Attended, Rules, attendance, classes
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_around
from rollbook.domain.report import Totals, session_line
from rollbook.domain.stays import Span, Stay, levels, peak, spans
from rollbook.service.reports.ports import Overviews

MOST_STAYS = 50_000


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room in a range and its `classes`, earliest first; `shown` is the one looked at.

    `people` are those of the class that is shown, or of all stays where there is none.
    """

    room_id: str
    title: str | None
    classes: Sequence[Span]
    shown: Span | None
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
    """Which room, which of its classes (by when it began; None: the latest), under which rule."""

    room_id: str
    began: int | None
    rule: AttendanceRule


async def room(
    overviews: Overviews, organization: Organization, days: Period, question: RoomQuestion, now: int
) -> RoomView:
    """Look at a room and one of its classes."""
    newest = await overviews.stays_in_room(
        organization.org_id, question.room_id, days.start, days.end, MOST_STAYS + 1
    )
    # In a thread, as it grows with the stays: others wait for the loop.
    return await asyncio.to_thread(_view, newest, organization, question, now)


def _view(
    newest: Sequence[Stay], organization: Organization, question: RoomQuestion, now: int
) -> RoomView:
    stays = newest[:MOST_STAYS]
    every_class = classes(stays, now)
    shown = _chosen(every_class, question.began)
    inside = [stay for stay in stays if shown and shown[0] <= stay.joined_at <= shown[1]]
    parts = spans(inside, now)
    rules = Rules(question.rule, organization.credit_rule)
    return RoomView(
        question.room_id,
        stays[0].room_title if stays else None,
        every_class,
        shown,
        attendance(inside, shown, rules, now) if shown else (),
        levels(parts),
        peak(parts),
        _totals(inside, organization, now),
        len(newest) > MOST_STAYS,
    )


def _chosen(every_class: Sequence[Span], began: int | None) -> Span | None:
    if not every_class:
        return None
    return next((span for span in every_class if span[0] == began), every_class[-1])


def _totals(stays: Sequence[Stay], organization: Organization, now: int) -> Totals:
    totals = Totals()
    for stay in stays:
        totals.count(
            session_line(stay.joined_at, stay.left_at, None, organization.credit_rule, now)
        )
    return totals
