"""Stays as bars of a timeline."""

from collections.abc import Iterable, Mapping

from rollbook.domain.stays import Stay
from rollbook.web.dashboard import words
from rollbook.web.dashboard.charts import Axis, Bar, bars
from rollbook.web.dashboard.pages import url


def stay_bars(
    stays: Iterable[Stay], axis: Axis, now: int, kept: Mapping[str, str] | None
) -> list[Bar]:
    """A bar for each stay, which opens its explanation; `kept` goes along in its address.

    With None they open nothing.
    """

    def opened(stay: Stay) -> str:
        return "" if kept is None else url("/session", id=stay.session_id, **kept)

    return bars(stays, axis, now, lambda stay: (_title(stay, axis, now), opened(stay)))


def _title(stay: Stay, axis: Axis, now: int) -> str:
    joined = words.moment(stay.joined_at, axis.zone)
    length = words.duration((stay.end(now) - stay.joined_at) // 1000)
    if stay.left_at is None:
        return f"{joined}, still there after {length}"
    return f"{joined} to {words.clock_time(stay.left_at, axis.zone)}, {length}"
