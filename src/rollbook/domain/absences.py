"""Who of those who belong to a room was missed in its classes, and who misses too many."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from rollbook.domain.attendance import Attended, Verdict
from rollbook.domain.rosters import Member
from rollbook.domain.sheets import JudgedClass, SheetRow, sheet

AT_RISK_SHARE = 80
"""Percent of the classes: who was present in fewer misses too many, unless somebody says otherwise."""


class Missed(NamedTuple):
    """Somebody who was not present in a class; `attended` where they were in it for a while."""

    uid: str
    name: str | None
    verdict: Verdict
    attended: Attended | None = None


def of_members(judged: JudgedClass, roster: Iterable[Member], day: date) -> JudgedClass:
    """A class that was on a day, without the people who did not belong to the room then."""
    uids = {one.uid for one in roster if one.on(day)}
    people = [one for one in judged.people if one.person.uid in uids]
    return replace(judged, people=people)


def missed(judged: JudgedClass) -> Iterator[Missed]:
    """Everybody in a class, or of its roster, who was not present."""
    for one in judged.people:
        if one.verdict is not Verdict.PRESENT:
            yield Missed(one.person.uid, one.person.name, one.verdict, one)
    for uid, name in judged.absent.items():
        yield Missed(uid, name, judged.missed(uid))


def at_risk(classes: Iterable[JudgedClass], share: int) -> Sequence[SheetRow]:
    """Who was present in less than `share` percent of their classes, but for those excused from."""
    return [row for row in sheet(classes) if row.share is not None and row.share < share]
