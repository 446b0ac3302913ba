"""What files hold of who was missed: all of it, read room after room while they are written."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from rollbook.domain.attendance import Verdict
from rollbook.domain.credits import rounded_quotient
from rollbook.domain.organizations import Organization
from rollbook.domain.period import days_in_words
from rollbook.domain.table import Column, Heading, Kind, Table, Value
from rollbook.service.reports.absences import (
    Absence,
    AbsencesQuestion,
    AtRisk,
    FoundPart,
    absences,
    all_parts,
    people_at_risk,
)
from rollbook.service.reports.room import RoomSources

_ASKED = {
    "share": "Minimum Share (%)",
    "late": "Grace Late (min)",
    "early": "Grace Early (min)",
    "gap": "Gap (min)",
}
"""What is asked of the rule; whatever is not is as each room's rule is."""

_OF_ROOM = (Column("Room ID"), Column("Room Title", Kind.TITLE))
_ABSENCES = (
    *_OF_ROOM,
    Column("Class Began", Kind.INSTANT),
    Column("Class Ended", Kind.INSTANT),
    Column("UID"),
    Column("Name"),
    Column("Attendance"),
    *(
        Column(name, Kind.NUMBER)
        for name in ("Share (%)", "Total Time (min)", "Merged Time (min)", "Late (min)")
    ),
)
_AT_RISK = (
    *_OF_ROOM,
    Column("UID"),
    Column("Name"),
    *(
        Column(name, Kind.NUMBER)
        for name in (
            *("Present (%)", "Classes"),
            *(verdict.value.capitalize() for verdict in Verdict),
            "Late",
        )
    ),
)


async def absence_tables(
    sources: RoomSources,
    organization: Organization,
    question: AbsencesQuestion,
    now: int,
    verdict: Verdict | None,
) -> AsyncGenerator[Table, None]:
    """Who was missed, in parts of one table."""

    async def ask(part: AbsencesQuestion) -> FoundPart[Absence]:
        return await absences(sources, organization, part, now, verdict)

    headings = _headings(question)
    async with aclosing(all_parts(ask, question)) as parts:
        async for rows in parts:
            yield Table("Absences", headings, _ABSENCES, map(_absence, rows))


async def at_risk_tables(
    sources: RoomSources,
    organization: Organization,
    question: AbsencesQuestion,
    now: int,
    share: int,
) -> AsyncGenerator[Table, None]:
    """Who was present in too few classes, in parts of one table."""

    async def ask(part: AbsencesQuestion) -> FoundPart[AtRisk]:
        return await people_at_risk(sources, organization, part, now, share)

    below = Heading("Present In Less Than (%)", [share], Kind.NUMBER)
    async with aclosing(all_parts(ask, question)) as parts:
        async for rows in parts:
            yield Table("At Risk", [*_headings(question), below], _AT_RISK, map(_person, rows))


def _headings(question: AbsencesQuestion) -> list[Heading]:
    return [
        Heading("Days", [days_in_words(question.days)]),
        Heading("Time Zone", [question.days.time_zone]),
        *(
            Heading(_ASKED[name], [value], Kind.NUMBER)
            for name, value in question.rule.told.items()
        ),
    ]


def _absence(row: Absence) -> Sequence[Value]:
    who, attended = row.who, row.who.attended
    of_class = (*row.room, row.held.start, row.held.end)
    of_person = (who.uid, who.name, who.verdict.value)
    if attended is None:
        return (*of_class, *of_person, 0, 0, 0, 0)
    minutes = (rounded_quotient(one, 60) for one in (attended.times.raw, attended.times.merged))
    return (*of_class, *of_person, attended.share, *minutes, attended.late // 60)


def _person(row: AtRisk) -> Sequence[Value]:
    one = row.row
    counts = (one.count(verdict) for verdict in Verdict)
    return (*row.room, one.uid, one.name, row.share, len(one.cells), *counts, one.late)
