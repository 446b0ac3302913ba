"""Rosters: who belongs to a room, from a day to a day, so that what was stays what it was."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from rollbook.domain.attendance import Attended, Verdict
from rollbook.domain.events import Role
from rollbook.domain.values import value

MOST_MEMBERS = 5_000
"""Of one room at a time."""


@value
class Member:
    """Somebody who belongs to a room from `first` to `last`, both included; None: until it changes."""

    uid: str
    name: str | None
    first: date
    last: date | None = None

    def on(self, day: date) -> bool:
        """Whether they belong to it on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


def changed(members: Iterable[Member], wanted: Mapping[str, str | None], day: date) -> list[Member]:
    """The members once those who are `wanted`, names by uid, belong to a room from a day on.

    What was said for that day and later is replaced; what was before it stays.
    """
    kept = [one for one in members if one.first < day]
    going_on = {one.uid for one in kept if one.on(day)} & set(wanted)
    return [
        *(_until(one, wanted, day) if one.on(day) else one for one in kept),
        *(Member(uid, name, day) for uid, name in wanted.items() if uid not in going_on),
    ]


def _until(one: Member, wanted: Mapping[str, str | None], day: date) -> Member:
    if one.uid in wanted:
        return replace(one, name=wanted[one.uid] or one.name, last=None)
    return replace(one, last=day - timedelta(days=1))


def learnt(classes: Iterable[Iterable[Attended]], least: int) -> dict[str, str | None]:
    """Who was in at least so many of these classes, names by uid; nobody who teaches."""
    pupils = [
        {one.person.uid: one.person.name for one in people if _learns(one)} for people in classes
    ]
    counts = Counter(uid for people in pupils for uid in people)
    names = {uid: name for people in pupils for uid, name in people.items()}
    return {uid: names[uid] for uid, count in counts.items() if count >= least}


def _learns(one: Attended) -> bool:
    return one.verdict is not Verdict.ABSENT and one.person.role in {None, Role.STUDENT}
