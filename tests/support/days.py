"""Days on which clocks do what programmers do not expect, and the instants that matter then."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

ODD_DAYS = (
    ("America/Sao_Paulo", date(2018, 11, 4)),  # begins at 01:00
    ("America/Sao_Paulo", date(2018, 2, 17)),  # 23:00 to 24:00 twice
    ("America/Havana", date(2024, 3, 10)),  # begins at 01:00
    ("America/Havana", date(2024, 11, 3)),  # 00:00 to 01:00 twice
    ("America/St_Johns", date(2006, 10, 29)),  # begins, goes back to yesterday, begins again
    ("America/New_York", date(2024, 11, 3)),  # 25 hours
    ("Asia/Tehran", date(2021, 9, 21)),  # 23:00 to 24:00 twice
    ("Asia/Kathmandu", date(2024, 1, 15)),  # 5:45 ahead
    ("Australia/Lord_Howe", date(2024, 4, 7)),  # 24.5 hours
    ("Europe/Paris", date(2024, 3, 31)),  # 23 hours
    ("Pacific/Apia", date(2011, 12, 30)),  # never was
    ("Pacific/Kwajalein", date(1993, 8, 21)),  # never was
    ("UTC", date(2024, 2, 29)),
)

# Where the system lists "localtime", it is no name that others know.
ZONES = sorted(available_timezones() - {"localtime"})

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def any_day() -> st.SearchStrategy[tuple[str, date]]:
    """A time zone and a day in it, often an odd one."""
    anywhere = st.tuples(
        st.sampled_from(ZONES),
        st.dates(date(1970, 1, 10), date(2037, 12, 20)),
    )
    return st.sampled_from(ODD_DAYS) | anywhere


def moments(zone: str, day: date) -> st.SearchStrategy[str]:
    """Instants around a day, often where days meet."""
    start = (datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH) // MILLISECOND
    near = st.integers(start - 86_400_000, start + 2 * 86_400_000)
    edges = st.tuples(st.sampled_from(_edges(zone, day)), st.sampled_from((-1, 0, 1))).map(sum)
    return st.one_of(near, near, edges).map(written)


def written(milliseconds: int) -> str:
    """An instant as files and answers have it."""
    return (EPOCH + milliseconds * MILLISECOND).isoformat(timespec="milliseconds")[:23] + "Z"


@lru_cache
def _edges(zone: str, day: date) -> list[int]:
    """The instants around a day at which the date or the offset of a zone changes."""
    where = ZoneInfo(zone)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    minutes = [begin + timedelta(minutes=n) for n in range(5 * 24 * 60)]
    seen = [(local.date(), local.utcoffset()) for local in (m.astimezone(where) for m in minutes)]
    return [
        (minute - EPOCH) // MILLISECOND
        for minute, before, now in zip(minutes[1:], seen, seen[1:], strict=False)
        if before != now
    ]
