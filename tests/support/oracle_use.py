"""A second reading of sums over everybody's sessions: all of them in memory, one after another."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from support.use import Book

from rollbook.domain.period import day_lived, time_zone
from rollbook.domain.presences import Presence
from rollbook.domain.report import Profile, Totals, session_line
from rollbook.domain.use import Use
from rollbook.service.reports.ports import PeopleQuestion, Person, RoomLine

Key = TypeVar("Key", bound=Hashable)


def counted(book: Book, first: date, last: date) -> list[Presence]:
    """The sessions that were, of somebody, and began on one of these days."""
    return [
        one
        for one in book.sessions
        if one.participant_id is not None
        and one.joined_at is not None
        and not (one.correction and one.correction.void)
        and first <= day_began(book, one) <= last
    ]


def in_range(book: Book) -> list[Presence]:
    return counted(book, book.days.first, book.days.last)


def day_began(book: Book, one: Presence) -> date:
    assert one.joined_at is not None
    return day_lived(one.joined_at, time_zone(book.zone))


def use(book: Book, sessions: Iterable[Presence]) -> Use:
    every, totals = list(sessions), Totals()
    for one in every:
        assert one.joined_at is not None
        totals.count(session_line(one.joined_at, one.left_at, None, book.rule, book.now))
    return Use(
        totals,
        running=sum(one.left_at is None for one in every),
        last_seen=max((one.left_at or book.now for one in every), default=0),
        people=len({one.participant_id for one in every}),
        rooms=len({one.room_id for one in every}),
    )


def by(
    book: Book, sessions: Iterable[Presence], key: Callable[[Presence], Key]
) -> Mapping[Key, Use]:
    groups: dict[Key, list[Presence]] = {}
    for one in sessions:
        groups.setdefault(key(one), []).append(one)
    return {name: use(book, own) for name, own in groups.items()}


def people(book: Book, question: PeopleQuestion) -> list[Person]:
    """All people that are found, in the order that is asked for."""
    use_of = by(book, in_range(book), lambda one: str(one.participant_id))
    found = []
    for who in book.people:
        own = use_of.get(who.uid, Use())
        profile = Profile(who.uid, who.name, who.role)
        found.append(Person(profile, own.totals, own.last_seen, running=own.running > 0))
    found = [one for one in found if has(question.search, one.profile.uid, one.profile.name)]
    found.sort(key=lambda one: one.profile.uid.encode())
    keys: Mapping[str, Callable[[Person], object]] = {
        "name": lambda one: (one.profile.name or one.profile.uid).casefold().encode(),
        "seen": lambda one: (one.running, one.last_seen),
        "sessions": lambda one: one.totals.sessions,
        "time": lambda one: one.totals.seconds,
        "credits": lambda one: one.totals.credits,
    }
    found.sort(key=keys[question.sort], reverse=question.descending)  # type: ignore[arg-type]  # of one kind each
    return found


def rooms(book: Book, search: str) -> list[RoomLine]:
    titles = {one.room_id: one.title for one in book.rooms}
    use_of = by(book, in_range(book), lambda one: one.room_id)
    lines = [RoomLine(room, titles.get(room), own) for room, own in use_of.items()]
    lines = [one for one in lines if has(search, one.room_id, one.title)]
    return sorted(lines, key=lambda one: (-one.use.last_seen, one.room_id.encode()))


def has(search: str, *texts: str | None) -> bool:
    wanted = search.casefold().strip()
    return any(wanted in (text or "").casefold() for text in texts)


def whole(parts: Iterable[Totals]) -> Totals:
    total = Totals()
    for one in parts:
        total.add(one)
    return total


def page(found: Sequence[object], number: int, size: int) -> Sequence[object]:
    return found[(number - 1) * size : number * size]
