"""A small school for the demo: a term of classes up to this moment, as import lines."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

TIME_ZONE = "Europe/Paris"
TERM_DAYS = 70

_ROOMS = (
    ("math-101", 'Calculus I, "Morning" Session', time(9, 0)),
    ("physics-101", "Physics Intro", time(11, 0)),
    ("chem-101", "Chemistry Basics", time(14, 0)),
    ("jp-201", "日本語 II", time(16, 0)),
)
_TEACHERS = {
    "math-101": ("teacher-1", "Amélie Dupont"),
    "physics-101": ("teacher-2", 'Robert "Bob" Müller'),
    "chem-101": ("teacher-2", 'Robert "Bob" Müller'),
    "jp-201": ("teacher-3", "田中 花子"),
}
_STUDENTS = (
    ("student-123", "Jane Doe"),
    ("student-124", "O'Brien, Siobhán"),
    ("student-125", "Jürgen Groß"),
    ("student-126", "王小明"),
    ("student-127", "=HYPERLINK(1)"),
    ("student-128", "نور الدين"),
    ("student-129", "Zoë Lindqvist"),
)
_CLASS = timedelta(minutes=60)

Line = dict[str, Any]


def lines(now: datetime) -> Iterator[Line]:
    """One import line a session, up to `now`; a class that is on now has people still in it.

    The same `now` gives the same school. One more class is always going on, so that there is
    something live to see at any hour.
    """
    chance = random.Random(20240115)  # noqa: S311 - a school, not a secret
    zone = ZoneInfo(TIME_ZONE)
    first_day = now.astimezone(zone).date() - timedelta(days=TERM_DAYS)
    for day in (first_day + timedelta(days=number) for number in range(TERM_DAYS + 1)):
        if day.weekday() >= 5:
            continue
        for room_id, title, starts in _ROOMS:
            start = datetime.combine(day, starts, zone)
            yield from _class(chance, room_id, title, start, now)
    start = now - timedelta(minutes=25)
    # Of its own, so that whom the demo asks for is there whatever day of the week the term began on.
    chance = random.Random(2)  # noqa: S311 - as above
    yield from _class(chance, "homework-club", "Homework club; open to all", start, now)


def _class(
    chance: random.Random, room_id: str, title: str, start: datetime, now: datetime
) -> Iterator[Line]:
    room = {"roomId": room_id, "roomTitle": title}
    uid, name = _TEACHERS.get(room_id, ("teacher-1", "Amélie Dupont"))
    teacher = {"uid": uid, "name": name, "role": "TEACHER", "ipAddress": "192.168.1.10"}
    yield from _stay(room | teacher, start - timedelta(minutes=5), start + _CLASS, now)
    for number, (uid, name) in enumerate(_STUDENTS):
        if chance.random() < 0.15:
            continue
        student = {"uid": uid, "name": name, "role": "STUDENT", "ipAddress": _address(number)}
        joined = start + timedelta(seconds=chance.randrange(-120, 600))
        left = start + _CLASS - timedelta(seconds=chance.randrange(0, 300))
        if chance.random() < 0.2:
            dropped = joined + (left - joined) * chance.random()
            yield from _stay(room | student, joined, dropped, now)
            joined = dropped + timedelta(seconds=chance.randrange(5, 90))
        yield from _stay(room | student, joined, left, now)


def _stay(who: Line, joined: datetime, left: datetime, now: datetime) -> Iterator[Line]:
    if joined >= now or left <= joined:
        return
    ended = _instant(left) if left <= now else None
    yield who | {"joinedAt": _instant(joined), "leftAt": ended}


def _address(number: int) -> str:
    # The last two share a home, and so an address.
    return f"2001:db8::{number + 1}" if number == 3 else f"192.168.1.{100 + min(number, 5)}"


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
