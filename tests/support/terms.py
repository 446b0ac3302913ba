"""Hypothesis strategies for small schools of which it is plain who was in which class.

Every room has a class from 9 to 10 on each of its days, with a teacher and so many guests there all
the time that nobody else moves its ends.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st
from support.school import School, opened_school
from support.visits import Visit

from rollbook.domain.rosters import Member
from rollbook.stores import Stores

FIRST = date(2024, 1, 15)
NOW = "2024-02-15T12:00:00.000Z"
UIDS = ("Ann", "bob", "jane", "\u00e9va", "zo\u00eb")
ROOMS = ("Art", "art", "art 2", "\u00fcben")

_GUESTS = 8
_TIMES = {
    "whole": (("09:00", "10:00"),),
    "enough": (("09:00", "09:45"),),
    "late": (("09:20", "10:00"),),
    "too little": (("09:00", "09:44"),),
    "twice": (("09:00", "09:20"), ("09:30", "09:50")),
    "not at all": (),
}
SHARES = {
    "whole": 100,
    "enough": 75,
    "late": 67,
    "too little": 73,
    "twice": 67,
    "not at all": 0,
}
"""Percent of the class that somebody was there for."""


@dataclass(frozen=True, slots=True)
class Term:
    """Who belonged to which room when, and how they came on which of its days."""

    days: int
    rosters: dict[str, Sequence[Member]]
    came: dict[tuple[str, date, str], str]

    def held(self, room: str) -> list[date]:
        """The days on which a room had a class."""
        return sorted({day for own, day, _ in self.came if own == room})

    @property
    def last(self) -> date:
        return FIRST + timedelta(days=self.days - 1)

    def belonged(self, room: str, uid: str, day: date) -> bool:
        return any(
            one.uid == uid and one.first <= day and (one.last is None or day <= one.last)
            for one in self.rosters[room]
        )


@st.composite
def terms(draw: st.DrawFn) -> Term:
    days = draw(st.integers(1, 4))
    every = [FIRST + timedelta(days=number) for number in range(days)]
    rooms = draw(st.lists(st.sampled_from(ROOMS), min_size=1, max_size=3, unique=True))
    rosters: dict[str, Sequence[Member]] = {room: draw(_rosters(every)) for room in rooms}
    came = {
        (room, day, uid): draw(st.sampled_from(list(_TIMES)))
        for room in rooms
        for day in every
        if draw(st.sampled_from((True, True, False)))
        for uid in UIDS
    }
    return Term(days, rosters, came)


def _rosters(every: Sequence[date]) -> st.SearchStrategy[list[Member]]:
    around = [every[0] - timedelta(days=1), *every, every[-1] + timedelta(days=1)]
    one = st.builds(
        Member,
        st.sampled_from(UIDS),
        st.sampled_from((None, "Of the roster")),
        st.sampled_from(around),
        st.sampled_from([None, None, *around]),
    )
    members = st.lists(one, max_size=4, unique_by=lambda member: member.uid)
    return members.map(lambda found: [m for m in found if m.last is None or m.first <= m.last])


async def written(stores: Stores, term: Term) -> School:
    """A school that holds the term."""
    school = await opened_school(stores, now=NOW)
    await school.saw(*_visits(term))
    for room, members in term.rosters.items():
        async with stores.organizations.changing(school.organization.org_id) as change:
            await change.set_roster(room, members)
    return school


def _visits(term: Term) -> Iterator[Visit]:
    for room in term.rosters:
        for day in term.held(room):
            yield _visit(room, day, "teacher", "09:00", "10:00", "TEACHER")
            for number in range(_GUESTS):
                yield _visit(room, day, f"guest-{number}", "09:00", "10:00")
    for (room, day, uid), how in term.came.items():
        for came, went in _TIMES[how]:
            yield _visit(room, day, uid, came, went)


def _visit(room: str, day: date, uid: str, came: str, went: str, role: str = "STUDENT") -> Visit:
    times = (f"{day}T{came}:00.000Z", f"{day}T{went}:00.000Z")
    return Visit(*times, room=room, uid=uid, name=None, role=role, title=f"Room {room}")
