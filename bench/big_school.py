"""A big school as schools are: courses with a teacher, a roster and a place in the week.

Half a year that ends today, 250,000 sessions and 3,000 people; the last class of today still runs.
The same day gives the same school.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from bench.rows import PERSON, ROOM, Table, written
from bench.scale import School
from rollbook.domain.instants import from_datetime

NOW = datetime.now(UTC)
TODAY = datetime.combine(NOW, time(), UTC)
WEEKS = 26
_LESSON, _PUPILS = timedelta(minutes=50), 25
_HOURS = (8, 9, 11, 13, 14)
_WEEKDAYS = range(5)
_NAMES = ("Jane Doe", "Jürgen Groß", "Siobhán O'Brien", "王小明", "Łukasz Żak", "Ömer İnce")
_SESSION = (
    *("org_id", "session_id", "source_id", "presence_id", "room_id", "participant_id"),
    *("joined_at", "joined_by", "told_left_at", "told_left_by", "left_at", "left_by"),
    *("ip_address", "ip_told_at"),
)
_ROSTER = ("org_id", "room_id", "participant_id", "first_day", "last_day", "name")
_SCHEDULE = ("org_id", "room_id", "entry", "kind", "first_day", "weekday", "starts", "ends")


@dataclass(frozen=True, slots=True)
class _Course:
    """A room that is taught in once a week: who belongs to it, and who teaches."""

    number: int
    teacher: str
    pupils: Sequence[str]

    @property
    def room_id(self) -> str:
        return f"course-{self.number}"

    @property
    def weekday(self) -> int:
        return self.number % len(_WEEKDAYS)

    @property
    def hour(self) -> int:
        return _HOURS[self.number // len(_WEEKDAYS) % len(_HOURS)]


def made_in(url: str, size: School) -> str:
    """A new organization with such a school: its `VF-ORG-ID`."""
    return written(url, f"{size.people:,} people", partial(_tables, size=size))


def _tables(org_id: str, size: School) -> Iterator[Table]:
    courses = _courses(size)
    yield Table("session", _SESSION, _sessions(org_id, courses))
    yield Table("participant", PERSON, _people(org_id, size))
    yield Table("room", ROOM, [(org_id, one.room_id, _title(one), 0) for one in courses])
    yield Table("roster", _ROSTER, _rosters(org_id, courses))
    yield Table("schedule", _SCHEDULE, _schedules(org_id, courses))


def _courses(size: School) -> list[_Course]:
    """Of those at one time nobody is in two, but for one pupil in each."""
    chance = random.Random(7)
    pupils = [f"pupil-{number}" for number in range(size.people - size.teachers)]
    teachers = [f"teacher-{number}" for number in range(size.teachers)]
    slots = len(_WEEKDAYS) * len(_HOURS)
    dealt = [chance.sample(pupils, len(pupils)) for _ in range(slots)]
    return [
        _Course(
            number,
            teachers[number // slots % len(teachers)],
            _different(dealt[number % slots], chance.choice(pupils)),
        )
        for number in range(size.courses)
    ]


def _different(dealt: list[str], another: str) -> list[str]:
    return list(dict.fromkeys([*(dealt.pop() for _ in range(_PUPILS - 1)), another]))


def _sessions(org_id: str, courses: Sequence[_Course]) -> Iterator[Sequence[Any]]:
    """Of each class: the teacher, nine of ten pupils, and one of ten of them twice."""
    chance = random.Random(8)
    monday = TODAY - timedelta(days=TODAY.weekday(), weeks=WEEKS - 1)
    for week in range(WEEKS):
        for course in courses:
            day = monday + timedelta(weeks=week, days=course.weekday)
            begins = day + timedelta(hours=course.hour)
            if day > TODAY:
                continue
            for came, went, uid in _stays(chance, course, begins):
                if came < NOW:
                    yield _session(
                        org_id, chance, course, uid, (came, went if went < NOW else None)
                    )


def _stays(
    chance: random.Random, course: _Course, begins: datetime
) -> Iterator[tuple[datetime, datetime, str]]:
    ends = begins + _LESSON
    yield begins - timedelta(seconds=chance.randrange(300)), ends, course.teacher
    for uid in course.pupils:
        if chance.random() < 0.1:
            continue
        came = begins + timedelta(milliseconds=chance.randrange(400_000))
        went = ends - timedelta(milliseconds=chance.randrange(300_000))
        if chance.random() < 0.1:
            dropped = came + timedelta(milliseconds=chance.randrange(60_000, 1_200_000))
            yield came, dropped, uid
            came = dropped + timedelta(seconds=chance.randrange(5, 200))
        yield came, went, uid


def _session(
    org_id: str,
    chance: random.Random,
    course: _Course,
    uid: str,
    times: tuple[datetime, datetime | None],
) -> Sequence[Any]:
    session_id = f"{chance.getrandbits(128):032x}"
    joined, left = from_datetime(times[0]), None if times[1] is None else from_datetime(times[1])
    told = (left, None if left is None else 5)
    own = (
        org_id,
        session_id,
        "bench",
        session_id[:20],
        course.room_id,
        uid,
        joined,
        2,
        *told,
        *told,
    )
    return (*own, _address(uid), joined)


def _address(uid: str) -> str:
    """Two of twenty share one, as brothers and sisters do."""
    number = int(uid.split("-")[1])
    number -= number % 20 == 1
    return f"10.{len(uid) % 7}.{number // 250}.{number % 250}"


def _people(org_id: str, size: School) -> Iterator[Sequence[Any]]:
    for person in range(size.people):
        teaches = person < size.teachers
        uid = f"teacher-{person}" if teaches else f"pupil-{person - size.teachers}"
        name = f"{_NAMES[person % len(_NAMES)]} {person}"
        yield (org_id, uid, name, 0, "TEACHER" if teaches else "STUDENT", 0)


def _title(course: _Course) -> str:
    return f"Course {course.number}: Математика"


def _rosters(org_id: str, courses: Sequence[_Course]) -> Iterator[Sequence[Any]]:
    first = (TODAY - timedelta(weeks=WEEKS)).date().isoformat()
    for course in courses:
        for uid in course.pupils:
            yield (org_id, course.room_id, uid, first, None, None)


def _schedules(org_id: str, courses: Sequence[_Course]) -> Iterator[Sequence[Any]]:
    """Every other course has its place in the week; the others are told by who was there."""
    first = (TODAY - timedelta(weeks=WEEKS)).date().isoformat()
    for course in courses[::2]:
        starts, ends = f"{course.hour:02}:00", f"{course.hour:02}:50"
        yield (org_id, course.room_id, 0, "weekly", first, course.weekday, starts, ends)
