"""Instants as the domain keeps them, milliseconds UTC, and as people and APIs write them."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_MINUTES = [f"T{minute // 60:02}:{minute % 60:02}:" for minute in range(1440)]
_SECONDS = [f"{second:02}." for second in range(60)]
_MILLISECONDS = [f"{millisecond:03}Z" for millisecond in range(1000)]
# `datetime.fromisoformat` also takes week dates and bare dates; an instant has a time of day.
_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*", re.ASCII)
_FRACTION = re.compile(r"([.,]\d{6})\d+", re.ASCII)
_WITHOUT_FRACTION = len("2024-01-15T09:05:30.000000")
_USUAL_LENGTHS = range(len("2024-01-15T09:05Z"), _WITHOUT_FRACTION + len("Z") + 1)


def from_datetime(moment: datetime) -> int:
    """Milliseconds UTC of an aware datetime; parts of a millisecond are dropped."""
    return (moment - EPOCH) // _MILLISECOND


def to_datetime(instant: int) -> datetime:
    """The aware UTC datetime of an instant."""
    return EPOCH + timedelta(milliseconds=instant)


def to_text(instant: int) -> str:
    """An instant as the contract writes it: `2024-01-15T09:05:30.000Z`."""
    # Put together of what is written already: it is asked for every event and every row of a page or
    # file, and to format each number takes three times as long, a datetime six times.
    day, rest = divmod(instant, _DAY_MS)
    minute, rest = divmod(rest, _MINUTE_MS)
    return f"{_date(day)}{_MINUTES[minute]}{_SECONDS[rest // 1000]}{_MILLISECONDS[rest % 1000]}"


@lru_cache(1024)
def _date(day: int) -> str:
    """The date that is so many days after the first of January 1970."""
    return to_datetime(day * _DAY_MS).date().isoformat()


def optional_text(instant: int | None) -> str | None:
    """The same, where there may be no instant."""
    return None if instant is None else to_text(instant)


def from_text(text: str) -> int:
    """The instant that an ISO 8601 text with an offset names.

    Raises ValueError for anything else, a time without an offset included: guessing a zone
    would move somebody's class to another day. Nanoseconds are accepted and cut.
    """
    instant = _of_usual_shape(text)
    if instant is not None:
        return instant
    try:
        moment = moment_in(text)
        if moment.tzinfo is not None:
            return from_datetime(moment)
    except OverflowError as error:
        raise ValueError(str(error)) from error
    message = "an instant needs an offset such as Z or +01:00"
    raise ValueError(message)


def _of_usual_shape(text: str) -> int | None:
    """The same of a text like 2024-01-15T09:05:30.123Z, as most are, in half of the time."""
    usual = (
        len(text) in _USUAL_LENGTHS
        and text[7] == "-"
        and text[10] == "T"
        and text[13] == ":"
        and text[-1] == "Z"
    )
    try:
        return (datetime.fromisoformat(text) - EPOCH) // _MILLISECOND if usual else None
    except ValueError:
        return None  # a second 60, or no instant at all


def moment_in(text: str) -> datetime:
    """The day and time of day that an ISO 8601 text names, aware where it has an offset.

    RFC 3339 lets `t` and `z` be small, and a minute have a second 60 when clocks are held back:
    that is the next minute's first. Raises ValueError, or OverflowError past the calendar's end.
    """
    if not _SHAPE.fullmatch(text):
        message = "not an ISO 8601 instant"
        raise ValueError(message)
    if len(text) > _WITHOUT_FRACTION:
        text = _FRACTION.sub(r"\1", text)
    plain, held_back = text.upper(), 0
    if plain[16:19] == ":60":
        plain, held_back = f"{plain[:16]}:59{plain[19:]}", 1
    moment = datetime.fromisoformat(plain)
    return moment + timedelta(seconds=held_back) if held_back else moment
