"""The rooms of an organization and their use in a range."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.domain.report import Totals
from rollbook.domain.tally import Tallies, Tally
from rollbook.service.reports.ports import Overviews


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room and the sums of its sessions in a range."""

    room_id: str
    title: str | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class Rooms:
    """Rooms with sessions in a range, the latest used first."""

    rooms: Sequence[RoomLine]
    totals: Totals


async def rooms(
    overviews: Overviews, organization: Organization, days: Period, now: int, search: str = ""
) -> Rooms:
    """The rooms whose id or title contains `search`, in any case of letters."""
    tallies: Tallies[str] = Tallies(lambda stay: stay[1], organization.credit_rule, now)
    async with overviews.reader() as reader:
        titles = await reader.titles(organization.org_id)
        async for batch in reader.stays(organization.org_id, days.start, days.end):
            tallies.add(batch)
    # In a thread, as everything here that grows with the organization: others wait for the loop.
    return await asyncio.to_thread(_found, tallies.by, titles, search.casefold().strip())


def _found(tallies: Mapping[str, Tally], titles: Mapping[str, str | None], wanted: str) -> Rooms:
    lines = [RoomLine(room_id, titles.get(room_id), t) for room_id, t in tallies.items()]
    lines = [
        line
        for line in lines
        if wanted in line.room_id.casefold() or wanted in (line.title or "").casefold()
    ]
    lines.sort(key=lambda line: (-line.tally.last_seen, line.room_id))
    totals = Totals()
    for line in lines:
        totals.add(line.tally.totals)
    return Rooms(lines, totals)
