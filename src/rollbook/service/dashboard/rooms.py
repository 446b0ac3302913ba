"""Rooms, and one room: who came, when and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass

from rollbook.domain.attendance import AttendanceRule, Attended, Rules, attendance, classes
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_lived, period, time_zone
from rollbook.domain.report import Totals, session_line
from rollbook.domain.stays import Span, Stay, levels, peak, spans
from rollbook.domain.tally import Tallies, Tally
from rollbook.service.dashboard.ports import Browsing

MOST_STAYS = 50_000


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room and the sums of its sessions in a range."""

    room_id: str
    title: str | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class Rooms:
    """Rooms with sessions in a range, the latest used first."""

    rooms: Sequence[RoomLine]
    totals: Totals


async def rooms(
    browsing: Browsing, organization: Organization, days: Period, now: int, search: str = ""
) -> Rooms:
    """The rooms of an organization that were used in a range."""
    tallies: Tallies[str] = Tallies(lambda stay: stay[1], organization.credit_rule, now)
    async with browsing.crowd() as crowd:
        titles = await crowd.titles(organization.org_id)
        async for batch in crowd.stays(organization.org_id, days.start, days.end):
            tallies.add(batch)
    lines = [RoomLine(room_id, titles.get(room_id), t) for room_id, t in tallies.by.items()]
    wanted = search.casefold().strip()
    lines = [
        line
        for line in lines
        if wanted in line.room_id.casefold() or wanted in (line.title or "").casefold()
    ]
    lines.sort(key=lambda line: (-line.tally.last_seen, line.room_id))
    totals = Totals()
    for line in lines:
        totals.add(line.tally.totals)
    return Rooms(lines, totals)


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room in a range. `held` are its classes, earliest first; `shown` the one looked at.

    `people` are those of the class that is shown, or of all stays where there is none.
    """

    room_id: str
    title: str | None
    held: Sequence[Span]
    shown: Span | None
    people: Sequence[Attended]
    steps: Sequence[tuple[int, int]]
    peak: tuple[int, int | None]
    totals: Totals
    cut: bool


async def latest_day(
    browsing: Browsing, organization: Organization, room_id: str, now: int
) -> Period:
    """The day on which a room was last joined; today where it never was."""
    at = await browsing.latest_join_in_room(organization.org_id, room_id)
    zone = time_zone(organization.time_zone)
    day = day_lived(now if at is None else at, zone).isoformat()
    return period(day, day, organization.time_zone, now)


@dataclass(frozen=True, slots=True)
class RoomQuestion:
    """Which room, which of its classes (by when it began; None: the latest), under which rule."""

    room_id: str
    began: int | None
    rule: AttendanceRule


async def room(
    browsing: Browsing, organization: Organization, days: Period, question: RoomQuestion, now: int
) -> RoomView:
    """Look at a room and one of its classes."""
    found = await browsing.stays_in_room(
        organization.org_id, question.room_id, days.start, days.end, MOST_STAYS + 1
    )
    stays = found[:MOST_STAYS]
    held = classes(stays, now)
    shown = _chosen(held, question.began)
    inside = [stay for stay in stays if shown and shown[0] <= stay.joined_at <= shown[1]]
    parts = spans(inside, now)
    rules = Rules(question.rule, organization.credit_rule)
    return RoomView(
        question.room_id,
        stays[0].room_title if stays else None,
        held,
        shown,
        attendance(inside, shown, rules, now) if shown else (),
        levels(parts),
        peak(parts),
        _totals(inside, organization, now),
        len(found) > MOST_STAYS,
    )


def _chosen(held: Sequence[Span], began: int | None) -> Span | None:
    if not held:
        return None
    return next((span for span in held if span[0] == began), held[-1])


def _totals(stays: Sequence[Stay], organization: Organization, now: int) -> Totals:
    totals = Totals()
    for stay in stays:
        totals.count(
            session_line(stay.joined_at, stay.left_at, None, organization.credit_rule, now)
        )
    return totals
