"""One room: its classes, who came to them, when and for how long, and who did not."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from rollbook.domain.attendance import (
    AskedRule,
    AttendanceRule,
    Attended,
    Rules,
    UsedRule,
    attendance,
    rule_of,
)
from rollbook.domain.classes import HeldClass, class_between, classes
from rollbook.domain.errors import InvalidInput, NotFound
from rollbook.domain.excuses import excused
from rollbook.domain.instants import from_datetime
from rollbook.domain.kept import KeptClass, as_said
from rollbook.domain.organizations import Organization
from rollbook.domain.period import (
    Period,
    day_around,
    day_lived,
    day_of,
    period_of,
    time_zone,
    widened,
    with_neighbours,
)
from rollbook.domain.report import Totals, session_line
from rollbook.domain.rosters import Member, learnt
from rollbook.domain.schedules import Planned, Schedule, planned
from rollbook.domain.sheets import JudgedClass
from rollbook.domain.stays import Span, Stay, levels, peak, spans
from rollbook.domain.values import value
from rollbook.service.reports.class_ports import Rosters, SaidOfRoom, Sayings, Schedules
from rollbook.service.reports.ports import Overviews

MOST_STAYS = 50_000
MOST_EXCUSES = 50_000

LEARNT_LEAST, LEARNT_OF = 3, 5
"""Who came to at least so many of the latest classes is taken to belong to a room."""

MOST_PLANNED = 5_000
"""Classes that were planned, and are looked at together."""

_LEARNT_DAYS = 60
_LATEST_DAYS = 31

_AROUND_MS = 12 * 3_600_000
"""How far beyond the days is looked: a class over midnight is its first day's, with all its stays."""


@value
class RoomSources:
    """Where a room is looked up."""

    overviews: Overviews
    rosters: Rosters
    schedules: Schedules
    sayings: Sayings


@value
class RoomClasses:
    """A room and the classes that began within a range, judged, earliest first.

    `roster` has everybody who ever belonged to it. In the times that were `dropped` somebody said that
    there was no class. With `cut` there are more sessions, or classes that were planned, than are
    looked at, and the earliest classes are missing.
    """

    room_id: str
    title: str | None
    rule: UsedRule
    roster: Sequence[Member]
    classes: Sequence[JudgedClass]
    dropped: Sequence[KeptClass]
    cut: bool


@value
class ClassQuestion:
    """One class of a room: that at an instant, or between two; neither: the latest."""

    room_id: str
    rule: AskedRule
    at: int | None = None
    span: Span | None = None


@value
class RoomView:
    """A room in a range and its `classes`, earliest first; `chosen` is the one looked at.

    `judged` is the same, between the times that somebody said, where they did. With `cut` there are
    more sessions, or classes that were planned, than are looked at, and classes are missing. `beyond`
    are instants (ms UTC) at which somebody joined it before the range, the last one, and after it,
    the first.
    """

    room_id: str
    title: str | None
    rule: UsedRule
    classes: Sequence[HeldClass]
    dropped: Sequence[KeptClass]
    chosen: HeldClass | None
    judged: JudgedClass | None
    steps: Sequence[tuple[int, int]]
    peak: tuple[int, int | None]
    totals: Totals
    cut: bool
    beyond: tuple[int | None, int | None]

    @property
    def shown(self) -> HeldClass | None:
        return self.judged.held if self.judged else None

    @property
    def people(self) -> Sequence[Attended]:
        return self.judged.people if self.judged else ()

    @property
    def absent(self) -> Mapping[str, str | None]:
        """Who belongs to the room and was not there, names by uid."""
        return self.judged.absent if self.judged else {}


@value
class RoomQuestion:
    """Which room, which of its classes (by an instant in it; None: the latest), under which rule.

    `times`, where somebody said them, are those between which that class lay, on its day.
    """

    room_id: str
    at: int | None
    rule: AskedRule
    times: tuple[time, time] | None = None


async def latest_day(
    sources: RoomSources, organization: Organization, room_id: str, now: int
) -> Period:
    """The day on which a room was last joined, or last had a class by its plan; else today."""
    zone = organization.time_zone
    today = day_around(now, zone).first
    joined = await sources.overviews.latest_join_in_room(organization.org_id, room_id)
    schedule = await sources.schedules.schedule(organization.org_id, room_id)
    first = date.fromordinal(max(1, today.toordinal() - _LATEST_DAYS))
    begun = [one.start for one in planned(schedule, first, today, time_zone(zone))]
    known = [at for at in (joined, *begun) if at is not None and at <= now]
    return day_around(max(known, default=now if joined is None else joined), zone)


async def room(
    sources: RoomSources, organization: Organization, days: Period, question: RoomQuestion, now: int
) -> RoomView:
    """Look at a room and one of its classes."""
    found = await _found(sources, organization, days, question.room_id)
    beyond = await sources.overviews.joins_around(
        organization.org_id, question.room_id, days.start, days.end
    )
    # In a thread, as it grows with the stays: others wait for the loop.
    view = await asyncio.to_thread(_view, found, organization, days, question, now)
    return replace(view, beyond=beyond)


async def judged_classes(
    sources: RoomSources,
    organization: Organization,
    days: Period,
    room_id: str,
    rule: AskedRule,
    now: int,
) -> RoomClasses:
    """All classes of a room that began within a range, and everybody in them."""
    found = await _found(sources, organization, days, room_id)
    return await asyncio.to_thread(_judged, found, organization, days, rule, now)


async def one_class(
    sources: RoomSources, organization: Organization, question: ClassQuestion, now: int
) -> RoomClasses:
    """The class that is asked for, alone among the classes. Raises NotFound where there was none."""
    days = await _days_around(sources, organization, question, now)
    found = await _found(sources, organization, days, question.room_id)
    return await asyncio.to_thread(_one_class, found, organization, days, question, now)


async def learnt_roster(
    sources: RoomSources, organization: Organization, room_id: str, now: int
) -> dict[str, str | None]:
    """Who came to most of the latest classes of a room, names by uid: a roster to begin with."""
    joined = await sources.overviews.latest_join_in_room(organization.org_id, room_id)
    last = day_around(now if joined is None else joined, organization.time_zone)
    first = last.first - timedelta(days=min(_LEARNT_DAYS, last.first.toordinal() - 1))
    days = period_of(first, last.last, organization.time_zone)
    found = await judged_classes(sources, organization, days, room_id, AskedRule(), now)
    latest = [one for one in found.classes if one.people][-LEARNT_OF:]
    return learnt((one.people for one in latest), min(LEARNT_LEAST, len(latest)))


async def _days_around(
    sources: RoomSources, organization: Organization, question: ClassQuestion, now: int
) -> Period:
    """The day of a class, and its neighbours: it may have begun before midnight."""
    at = question.span[0] if question.span else question.at
    if at is None:
        day = await latest_day(sources, organization, question.room_id, now)
    else:
        day = day_around(at, organization.time_zone)
    return with_neighbours(day)


# --- what is looked up, and what is made of it ----------------------------------------------------


@value
class _Found:
    room_id: str
    stays: Sequence[Stay]
    roster: Sequence[Member]
    schedule: Schedule
    said: SaidOfRoom
    cut: bool

    @property
    def title(self) -> str | None:
        return next((stay.room_title for stay in self.stays), None)

    def rule(self, asked: AskedRule) -> UsedRule:
        """The rule that holds in the room."""
        return rule_of(asked, *self.said.rules)

    def dropped(self, days: Period) -> list[KeptClass]:
        """When there was no class, as somebody said."""
        return [
            one for one in self.said.kept if not one.held and days.start <= one.start < days.end
        ]


async def _found(
    sources: RoomSources, organization: Organization, days: Period, room_id: str
) -> _Found:
    org_id = organization.org_id
    start, end = widened(days, _AROUND_MS)
    newest = await sources.overviews.stays_in_room(org_id, room_id, start, end, MOST_STAYS + 1)
    roster = await sources.rosters.roster(org_id, room_id)
    schedule = await sources.schedules.schedule(org_id, room_id)
    around = with_neighbours(days)
    said = await sources.sayings.of_room(org_id, room_id, (start, end), around, MOST_EXCUSES + 1)
    if len(said.excuses) > MOST_EXCUSES:
        # Without some of them somebody would be told as absent who is not.
        raise InvalidInput(f"These days have more than {MOST_EXCUSES:,} excuses: ask for fewer")
    return _Found(room_id, newest[:MOST_STAYS], roster, schedule, said, len(newest) > MOST_STAYS)


def _judged(
    found: _Found, organization: Organization, days: Period, asked: AskedRule, now: int
) -> RoomClasses:
    rule = found.rule(asked)
    judge = partial(_judged_class, found, organization, rule.rule, now)
    held, cut = _classes_of(found, days, rule.rule, now)
    judged = [judge(one) for one in held]
    dropped = found.dropped(days)
    return RoomClasses(found.room_id, found.title, rule, found.roster, judged, dropped, cut)


def _judged_class(
    found: _Found, organization: Organization, rule: AttendanceRule, now: int, held: HeldClass
) -> JudgedClass:
    day = day_lived(held.start, time_zone(organization.time_zone))
    excuses = excused(found.said.excuses, held, day)
    people = attendance(held, Rules(rule, organization.credit_rule), now, excuses)
    came = {one.person.uid for one in people}
    there = (one for one in found.roster if one.on(day) and one.uid not in came)
    return JudgedClass(held, people, {one.uid: one.name for one in there}, excuses)


def _one_class(
    found: _Found, organization: Organization, days: Period, question: ClassQuestion, now: int
) -> RoomClasses:
    rule = found.rule(question.rule)
    if question.span:
        held = class_between(found.stays, question.span, now)
    else:
        held = _class_at(_classes_of(found, days, rule.rule, now)[0], question)
    judged = _judged_class(found, organization, rule.rule, now, held)
    return RoomClasses(found.room_id, found.title, rule, found.roster, [judged], [], found.cut)


def _class_at(held: Sequence[HeldClass], question: ClassQuestion) -> HeldClass:
    at = question.at
    for one in reversed(held):
        if at is None or one.start <= at <= one.end:
            return one
    when = "yet" if at is None else "then"
    raise NotFound(f"The room had no class {when}")


def _view(
    found: _Found, organization: Organization, days: Period, question: RoomQuestion, now: int
) -> RoomView:
    rule = found.rule(question.rule)
    held, cut = _classes_of(found, days, rule.rule, now)
    shown = chosen = _chosen(held, question.at)
    if chosen and question.times:
        zone = time_zone(organization.time_zone)
        shown = class_between(found.stays, _span(chosen.start, question.times, zone), now)
    stays = shown.stays if shown else ()
    parts: Sequence[Span] = spans(stays, now)
    return RoomView(
        question.room_id,
        found.title,
        rule,
        held,
        found.dropped(days),
        chosen,
        _judged_class(found, organization, rule.rule, now, shown) if shown else None,
        levels(parts),
        peak(parts),
        _totals(stays, organization, now),
        cut,
        (None, None),
    )


def _classes_of(
    found: _Found, days: Period, rule: AttendanceRule, now: int
) -> tuple[Sequence[HeldClass], bool]:
    """The classes of some days, and whether the earliest of them may be missing."""
    plans = _planned(found, days, now)
    guessed = classes(found.stays, now, rule.gap * 60_000, plans[-MOST_PLANNED:])
    held = as_said(guessed, found.stays, found.said.kept, now)
    cut = found.cut or len(plans) > MOST_PLANNED
    return [one for one in held if days.start <= one.start < days.end], cut


def _planned(found: _Found, days: Period, now: int) -> Sequence[Planned]:
    """What was planned for some days and those beside them: who came early there founds no class."""
    around, zone = with_neighbours(days), time_zone(days.time_zone)
    last = min(around.last, with_neighbours(day_around(now, days.time_zone)).last)
    plans = planned(found.schedule, around.first, last, zone, MOST_PLANNED + 1)
    # Where sessions are missing, nobody can tell who was absent.
    known = min(stay.joined_at for stay in found.stays) + _AROUND_MS if found.cut else None
    return [one for one in plans if known is None or one.start >= known]


def _chosen(held: Sequence[HeldClass], at: int | None) -> HeldClass | None:
    """The class at an instant; without one the latest.

    It went on then, or had with it who was there then; else it is the one that began last before.
    """
    if not held:
        return None
    if at is None:
        return held[-1]
    went_on = next((one for one in held if one.start <= at < one.end), None)
    return (
        went_on
        or next((one for one in held if _was_with(one, at)), None)
        or next((one for one in reversed(held) if one.start <= at), held[0])
    )


def _was_with(held: HeldClass, at: int) -> bool:
    """Whether somebody who came too early, or was alone after it, was there at an instant."""
    return any(stay.joined_at <= at < (stay.left_at or at + 1) for stay in held.stays)


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
