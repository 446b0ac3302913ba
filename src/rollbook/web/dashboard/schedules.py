"""When classes of a room are planned: a week, single days and exceptions, each typed or taken away."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from litestar import Response, post

from rollbook.domain import schedule_entries as entries
from rollbook.domain.errors import InvalidInput
from rollbook.domain.period import day_around, time_zone
from rollbook.domain.schedule_entries import WEEKDAYS
from rollbook.domain.schedules import Schedule, Weekly, added, checked, without
from rollbook.formats.calendars import schedule_from_calendar
from rollbook.formats.schedule_csv import schedule_from_csv
from rollbook.service.organizations import schedules
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.notation import first_weekday
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.ranges import asked_day
from rollbook.web.dashboard.refused_forms import NOTHING_REFUSED, Refused
from rollbook.web.dashboard.requests import asked, changed_by, form_of, signed_in_of
from rollbook.web.dashboard.rooms import room_id_of
from rollbook.web.http.services import AnyRequest, services_of

MOST_SHOWN = 100
"""Of single days, and of exceptions."""

_MOST_BYTES = 1024 * 1024  # a form writes some letters as three
_A_YEAR = timedelta(days=365)
_LABELS = {
    "weekdays": "The days of the week",
    "day": "The day",
    "from": "The beginning",
    "to": "The end",
    "since": "The first day",
    "until": "The last day",
    "title": "The title",
    "at": "The usual beginning",
}


@long_page("/room/schedule")
async def schedule_page(request: AnyRequest) -> Response[str]:
    """What is planned for a room from today on, or from an earlier day that was asked for."""
    room_id = room_id_of(request.query_params.get("id", ""))
    return await _page(request, room_id, asked(request, "from"))


async def _page(
    request: AnyRequest,
    room_id: str,
    since: str,
    refused: Refused = NOTHING_REFUSED,
    status: int = 200,
) -> Response[str]:
    services, organization = services_of(request), signed_in_of(request).organization
    today = day_around(services.now(), organization.time_zone).first
    first = _first_shown(since, today)
    schedule = await services.rooms.schedules.schedule(organization.org_id, room_id)
    ahead = schedule.since(first)
    return page(
        request,
        "schedule.html",
        status,
        room_id=room_id,
        schedule=ahead,
        week=_week(ahead, first_weekday(organization.locale)),
        weekdays=WEEKDAYS,
        single=sorted(ahead.single, key=lambda one: (one.day, one.times.start))[:MOST_SHOWN],
        cancelled=sorted(ahead.cancelled, key=lambda one: one.first)[:MOST_SHOWN],
        moved=sorted(ahead.moved, key=lambda one: one.day)[:MOST_SHOWN],
        most=MOST_SHOWN,
        today=today,
        first=first,
        saved=asked(request, "saved"),
        refused=refused,
        typed=refused.typed,
    )


@post("/room/schedule", status_code=200, request_max_body_size=_MOST_BYTES)
async def change_schedule(request: AnyRequest) -> Response[str]:
    """Add to what is planned, take something away, or say it all anew from a day on."""
    form = await form_of(request)
    room_id = room_id_of(form.get("id", ""))
    try:
        await _changed(request, room_id, form)
    except InvalidInput as error:
        shown = form.get("shown", "")
        return await _page(request, room_id, shown, Refused(error.message, form), 400)
    return redirect(url("/room/schedule", id=room_id, **_shown_after(form), saved="yes"))


def _first_shown(since: str, today: date) -> date:
    """The day that was asked for, where it is one and is past: what was said of it can be taken away."""
    try:
        return min(date.fromisoformat(since), today)
    except ValueError:
        return today


def _shown_after(form: Mapping[str, str]) -> Mapping[str, str]:
    """What the page must be asked with to show the days it showed, and the one that was changed."""
    days = [day for day in (form.get("shown"), form.get("day")) if day]
    return {"from": min(days)} if days else {}


async def _changed(request: AnyRequest, room_id: str, form: Mapping[str, str]) -> None:
    services, organization = services_of(request), signed_in_of(request).organization
    today = day_around(services.now(), organization.time_zone).first
    organizations, org_id = changed_by(request), organization.org_id
    if form.get("do") == "all":
        day = asked_day(form.get("from", ""), "The first day")
        told = form.get("file", "").strip() or form.get("text", "").strip()
        zone = time_zone(organization.time_zone)
        # In a thread, as a calendar takes its time: others wait for the loop.
        wanted = await asyncio.to_thread(_read, told, zone, day)
        await schedules.set_schedule(organizations, org_id, room_id, wanted, day)
    else:
        entry = _entry(form, today)
        change = partial(_less if form.get("do") == "remove" else _more, entry=entry, today=today)
        await schedules.change_schedule(organizations, org_id, room_id, change)


def _more(schedule: Schedule, entry: Schedule, today: date) -> Schedule:
    first = max(entry.first or today, today - _A_YEAR)
    return checked(added(schedule, entry), first)


def _less(schedule: Schedule, entry: Schedule, today: date) -> Schedule:
    return without(schedule, entry, today)


def _read(text: str, zone: ZoneInfo, day: date) -> Schedule:
    if not text:
        raise InvalidInput("Choose a file, or paste what it holds.")
    if text.lstrip("\ufeff").upper().startswith("BEGIN:"):
        return schedule_from_calendar(text, zone, day)
    return schedule_from_csv(text, day)


def _entry(form: Mapping[str, str], today: date) -> Schedule:
    """The one entry, or as many as there are days of the week, that a form tells."""
    match form.get("kind", ""):
        case "weekly":
            days = [day for day in WEEKDAYS if form.get(day)]
            return Schedule(weekly=entries.weekly(form, days, today, _label))
        case "single":
            return Schedule(single=[entries.single(form, _label)])
        case "cancelled":
            return Schedule(cancelled=[entries.cancelled(form, _label)])
        case "moved":
            return Schedule(moved=[entries.moved(form, _label)])
        case _:
            raise InvalidInput("Choose what to add or to take away.")


def _label(name: str) -> str:
    return _LABELS[name]


class WeekDay(NamedTuple):
    """A day of the week, and what is planned on it, by when it begins."""

    name: str
    classes: list[Weekly]


def _week(schedule: Schedule, first: int) -> list[WeekDay]:
    ordered = sorted(schedule.weekly, key=lambda one: (one.times.start, one.first))
    return [
        WeekDay(WEEKDAYS[day].capitalize(), [one for one in ordered if one.weekday == day])
        for day in ((first + number) % 7 for number in range(7))
    ]
