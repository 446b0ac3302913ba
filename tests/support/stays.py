"""Hypothesis strategies for people in rooms, where minutes, pauses and absences just end."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from support.oracle_rooms import There

from rollbook.domain.stays import Stay

BEGIN = datetime(2024, 1, 15, 9, tzinfo=UTC)
NOW = BEGIN + timedelta(minutes=120)

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Five minutes apart, so that what asks for exactly so many minutes is met; and just beside that.
_BESIDE = st.sampled_from((0, 0, 0, -1, 1, -60_000, 60_000, 500))
_ROOMS = ("math-101", "art")


def moments() -> st.SearchStrategy[datetime]:
    """Instants of two hours that are over."""
    return st.tuples(st.integers(0, 22), _BESIDE).map(
        lambda two: BEGIN + timedelta(minutes=5 * two[0] + 1, milliseconds=two[1])
    )


def people(*who: str, rooms: tuple[str, ...] = _ROOMS) -> st.SearchStrategy[list[There]]:
    """Sessions of these people; some of them last."""
    times = st.tuples(moments(), moments()).map(sorted)
    one = st.tuples(st.sampled_from(who), st.sampled_from(rooms), times, st.integers(0, 5))
    return st.lists(one, min_size=1, max_size=8).map(
        lambda every: [
            There(number, who, room, came, went if lasts else None)
            for number, (who, room, (came, went), lasts) in enumerate(every)
        ]
    )


def stay_of(there: There) -> Stay:
    """A session as the program has it; its id is the number, so that ids are in that order."""
    left = None if there.went is None else milliseconds(there.went)
    came = milliseconds(there.came)
    return Stay(f"{there.number:02}", there.who, None, None, there.room, None, came, left, None)


def milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
