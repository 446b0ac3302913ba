"""A second reading of sums over everybody's sessions: all of them in memory, one after another."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TypeVar
from unicodedata import category, name, normalize

from support.use import Book

from rollbook.domain.period import day_lived, time_zone
from rollbook.domain.presences import Presence
from rollbook.domain.report import Profile, Totals, session_line
from rollbook.domain.use import Use
from rollbook.service.reports.ports import PeopleQuestion, Person, RoomLine, RoomsQuestion

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
    ever = by(book, counted(book, date.min, date.max), lambda one: str(one.participant_id))
    taught = taught_by(book, question.teacher)
    met = {str(one.participant_id) for one in in_range(book) if one.room_id in taught}
    found = []
    for who in book.people:
        own, seen = use_of.get(who.uid, Use()), ever.get(who.uid, Use())
        profile = Profile(who.uid, who.name, who.role)
        found.append(Person(profile, own.totals, seen.last_seen, running=seen.running > 0))
    found = [
        one
        for one in found
        if has(question.search, one.profile.uid, one.profile.name)
        and question.role in {"", one.profile.role.value if one.profile.role else "unknown"}
        and (not question.teacher or one.profile.uid in met)
        and (not question.there or one.totals.sessions)
    ]
    found.sort(key=lambda one: one.profile.uid.encode())
    keys: Mapping[str, Callable[[Person], object]] = {
        "name": lambda one: plain(one.profile.name or one.profile.uid).encode(),
        "seen": lambda one: (one.running, one.last_seen),
        "sessions": lambda one: one.totals.sessions,
        "time": lambda one: one.totals.seconds,
        "credits": lambda one: one.totals.credits,
    }
    found.sort(key=keys[question.sort], reverse=question.descending)  # type: ignore[arg-type]  # of one kind each
    return found


def rooms(book: Book, question: RoomsQuestion) -> list[RoomLine]:
    """All rooms that are found, in the order that is asked for."""
    titles = {one.room_id: one.title for one in book.rooms}
    use_of = by(book, in_range(book), lambda one: one.room_id)
    lines = [RoomLine(room, titles.get(room), own) for room, own in use_of.items()]
    taught = taught_by(book, question.teacher)
    lines = [
        one
        for one in lines
        if has(question.search, one.room_id, one.title)
        and (not question.teacher or one.room_id in taught)
    ]
    lines.sort(key=lambda one: one.room_id.encode())
    keys: Mapping[str, Callable[[RoomLine], object]] = {
        "title": lambda one: plain(one.title or one.room_id).encode(),
        "used": lambda one: one.use.last_seen,
        "people": lambda one: one.use.people,
        "sessions": lambda one: one.use.totals.sessions,
        "time": lambda one: one.use.totals.seconds,
        "credits": lambda one: one.use.totals.credits,
    }
    lines.sort(key=keys[question.sort], reverse=question.descending)  # type: ignore[arg-type]  # of one kind each
    return lines


def taught_by(book: Book, teacher: str) -> set[str]:
    """The rooms in which somebody was within the range."""
    return {one.room_id for one in in_range(book) if one.participant_id == teacher}


def has(search: str, *texts: str | None) -> bool:
    """Whether each of the first twelve words is somewhere in the texts."""
    words = list(dict.fromkeys(plain(search).split()))[:12]
    told = plain(" ".join(text for text in texts if text))
    return all(word in told for word in words)


_OTHER_SCRIPTS = ("KATAKANA", "GLAGOLITIC", "DEVANAGARI", "GRANTHA", "OLD PERMIC", "CYRILLIC")
_TYPED_AS = {
    "LATIN SMALL LETTER L WITH STROKE": "l",
    "LATIN SMALL LETTER O WITH STROKE": "o",
    "LATIN SMALL LETTER D WITH STROKE": "d",
    "LATIN SMALL LETTER ETH": "d",
    "LATIN SMALL LETTER H WITH STROKE": "h",
    "LATIN SMALL LETTER T WITH STROKE": "t",
    "LATIN SMALL LETTER DOTLESS I": "i",
    "LATIN SMALL LETTER ENG": "n",
    "LATIN SMALL LETTER KRA": "q",
    "LATIN SMALL LETTER AE": "ae",
    "LATIN SMALL LIGATURE OE": "oe",
    "LATIN SMALL LETTER THORN": "th",
}


def plain(text: str) -> str:
    """A text as people type it who have no accents on their keyboard, letter by letter."""
    return "".join(map(_plain, text))


@cache
def _plain(letter: str) -> str:
    parts = normalize("NFD", letter.casefold())
    if not any(map(_is_accent, parts)):
        parts = letter.casefold()
    return "".join(_TYPED_AS.get(name(one, ""), one) for one in parts if not _is_accent(one))


def _is_accent(part: str) -> bool:
    called = name(part, "")
    if category(part) not in {"Mn", "Me"} or part > "\uffff":
        return False
    if called.startswith("COMBINING"):
        other = any(script in called for script in _OTHER_SCRIPTS)
        return not other or "HALF" in called or "CONJOINING" in called
    return (called.startswith("HEBREW") and part < "\u0600") or (
        called.startswith("ARABIC") and part <= "\u0670"
    )


def whole(parts: Iterable[Totals]) -> Totals:
    total = Totals()
    for one in parts:
        total.add(one)
    return total


def page(found: Sequence[object], number: int, size: int) -> Sequence[object]:
    return found[(number - 1) * size : number * size]
