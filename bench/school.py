"""A school big enough to measure: a term of classes as import lines, and questions about it.

The same scale gives the same school, so that figures of different days can be compared.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from bench.scale import Scale

GUEST = "guest"
"""The uid that everybody without an account shares; it has more sessions than all others."""

FIRST_DAY = date(2025, 9, 1)
_FIRST_GUEST = datetime(2024, 1, 1, tzinfo=UTC)
BUSY_FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
BUSY_LAST = datetime(2026, 3, 16, tzinfo=UTC)
SCHOOL_DAYS_A_WEEK = 5
CLASSES_A_DAY = 2
_NAMES = ("Jane Doe", "Jürgen Groß", "O'Brien, Siobhán", "王小明", "Amélie Dupont")

Line = dict[str, str | None]
Question = dict[str, str | int]


def term_lines(scale: Scale) -> Iterator[Line]:
    """The term, day after day: everybody is in two classes a day, one in ten drops and rejoins."""
    chance = random.Random(1)
    for number in range(scale.sessions_each // CLASSES_A_DAY):
        for person in range(scale.participants):
            yield from _day(chance, scale, person, school_day(number))


def guest_lines(scale: Scale) -> Iterator[Line]:
    """One account with a session a minute, for years, without an end of the day."""
    for number in range(scale.guest_sessions):
        joined = _FIRST_GUEST + timedelta(minutes=number)
        stay = timedelta(seconds=30 + number % 5_000)
        yield _line(GUEST, "Guest", number % scale.rooms, number % 250, (joined, joined + stay))


def school_day(number: int) -> date:
    """The date of the term's school day of this number, from 0."""
    weeks, weekday = divmod(number, SCHOOL_DAYS_A_WEEK)
    return FIRST_DAY + timedelta(weeks=weeks, days=weekday)


def day_questions(scale: Scale) -> list[Question]:
    """One-day pages of random people on random school days, as the contract's example asks."""
    chance = random.Random(2)
    days = scale.sessions_each // CLASSES_A_DAY
    return [
        {
            "uid": _uid(chance.randrange(scale.participants)),
            "startDate": str(school_day(chance.randrange(days))),
        }
        for _ in range(scale.questions)
    ]


def other_questions() -> list[Question]:
    """Every other kind of JSON answer: whole terms, single rooms, pages, zones, nothing found."""
    term: Question = {"uid": _uid(3), "startDate": str(FIRST_DAY), "endDate": "2026-06-30"}
    room: Question = {**term, "roomId": "room-3"}
    return [
        term,
        {**term, "limit": 2, "page": 2},
        {**term, "timezone": "America/New_York"},
        room,
        {**room, "limit": 3, "page": 2},
        {**room, "page": 100},
        {**room, "roomId": "no-such-room"},
        {"uid": _uid(3)},
        {"uid": "nobody", "startDate": str(FIRST_DAY)},
        {"uid": GUEST, "startDate": "2024-01-01"},
    ]


def _day(chance: random.Random, scale: Scale, person: int, day: date) -> Iterator[Line]:
    begins = datetime.combine(day, time(8 + person % 4), UTC)
    room = (person + chance.randrange(4)) % scale.rooms
    for number in range(CLASSES_A_DAY):
        rejoins = number > 0 and chance.random() < 0.1
        room = room if rejoins else (room + 1) % scale.rooms
        joined = begins + timedelta(hours=2 * number, milliseconds=chance.randrange(600_000))
        left = joined + timedelta(milliseconds=chance.randrange(60_000, 4_000_000))
        yield _line(_uid(person), _NAMES[person % len(_NAMES)], room, person, (joined, left))


def _line(uid: str, name: str, room: int, address: int, times: tuple[datetime, datetime]) -> Line:
    return {
        "uid": uid,
        "name": name,
        "role": "STUDENT",
        "roomId": f"room-{room}",
        "roomTitle": f"Room {room}: Classes, and More",
        "joinedAt": _instant(times[0]),
        "leftAt": _instant(times[1]),
        "ipAddress": _address(address),
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def _address(number: int) -> str | None:
    if number % 10 == 0:
        return None
    if number % 10 == 1:
        return f"2001:db8::{number:x}"
    return f"10.1.{number // 250}.{number % 250}"


def _uid(person: int) -> str:
    return f"student-{person}"


def busy_lines() -> Iterator[Line]:
    """Somebody with 10,000 sessions in 20 rooms, a class of 2,000 people, and a class of one."""
    hour = timedelta(hours=1)
    yield _line("one", "One", -1, 1, (BUSY_FIRST, BUSY_FIRST + hour))
    for number in range(10_000):
        joined = BUSY_FIRST + timedelta(minutes=10 * number)
        yield _line("busy", "Busy", number % 20, number % 250, (joined, joined + hour / 12))
    for number in range(2_000):
        joined = BUSY_FIRST + timedelta(seconds=number / 10)
        yield _line(f"crowd-{number}", "Crowd", -2, number, (joined, joined + hour))
