"""How much is measured."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How much an organization has had in six months."""

    sessions: int
    people: int
    rooms: int

    @property
    def name(self) -> str:
        return f"{self.sessions // 1_000:,} k sessions"


@dataclass(frozen=True, slots=True)
class School:
    """How big a school is whose every page is asked for; each course is taught once a week."""

    people: int
    teachers: int
    courses: int


@dataclass(frozen=True, slots=True)
class Scale:
    """Times in seconds. The term's sessions are participants times `sessions_each`."""

    participants: int = 2_000
    sessions_each: int = 100
    rooms: int = 20
    guest_sessions: int = 1_000_000
    """Sessions of the one account that everybody without an account shares."""
    counted_sessions: int = 20_000
    """Sessions whose bytes are counted."""
    terms: Sequence[Size] = (Size(200_000, 2_000, 200), Size(2_000_000, 20_000, 1_000))
    """Organizations whose sums over six months are asked for."""
    large: Sequence[Size] = ()
    """Organizations, each in a database of its own, whose one-day pages are held against each other."""
    school: School = School(3_000, 150, 390)
    """The school whose every page is asked for: 250,000 sessions in half a year."""
    questions: int = 500
    rounds: int = 4
    warm_up: float = 0.5
    seconds: float = 2.0
    connections: int = 16
    workers: int = 1


FULL = Scale()

LARGE = Scale(large=(*FULL.terms, Size(10_000_000, 100_000, 2_000)))
"""The same, and what takes long and some 8 GB of disk."""

QUICK = Scale(
    participants=20,
    sessions_each=20,
    guest_sessions=3_000,
    counted_sessions=400,
    terms=(Size(2_000, 20, 5), Size(5_000, 50, 10)),
    large=(Size(2_000, 20, 5), Size(5_000, 50, 10), Size(10_000, 100, 20)),
    school=School(60, 4, 10),
    questions=20,
    rounds=1,
    warm_up=0.1,
    seconds=0.3,
    connections=4,
)
"""Shows in seconds that everything runs; its figures mean nothing."""
