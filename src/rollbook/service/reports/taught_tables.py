"""What a file holds of the classes that somebody taught: all of them, read while it is written."""

from collections.abc import AsyncGenerator, Iterator, Sequence

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, days_in_words
from rollbook.domain.table import Column, Heading, Kind, Table
from rollbook.service.reports.room import RoomSources
from rollbook.service.reports.table_parts import Row, minutes, numbers
from rollbook.service.reports.taught import TaughtRoom, rooms_taught

_TAUGHT = (
    Column("Room ID"),
    Column("Room Title", Kind.TITLE),
    Column("Class Began", Kind.INSTANT),
    Column("Class Ended", Kind.INSTANT),
    Column("Known By"),
    Column("Planned As"),
    *numbers("Total Time (min)", "Merged Time (min)", "Pupils"),
)


async def taught_tables(
    sources: RoomSources, organization: Organization, uid: str, days: Period, now: int
) -> AsyncGenerator[Table, None]:
    """The classes of a teacher in a range, in parts of one table."""
    headings = [
        Heading("UID", [uid]),
        Heading("Days", [days_in_words(days)]),
        Heading("Time Zone", [days.time_zone]),
    ]
    after: int | None = 0
    while after is not None:
        found = await rooms_taught(sources, organization, uid, days, now, after)
        yield Table("Classes Taught", headings, _TAUGHT, _classes(found.rooms))
        after = found.after


def _classes(rooms: Sequence[TaughtRoom]) -> Iterator[Row]:
    for taught in rooms:
        for one in taught.classes:
            held, times = one.held, one.teacher.times
            title = held.plan.title if held.plan else None
            sums = (minutes(times.raw), minutes(times.merged), one.pupils)
            yield (*taught.room, held.start, held.end, held.how.value, title, *sums)
