"""Instants as the domain keeps them, milliseconds UTC, and as people and APIs write them."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 86_400_000
# `datetime.fromisoformat` also takes week dates and bare dates; an instant has a time of day.
_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*", re.ASCII)
_FRACTION = re.compile(r"([.,]\d{6})\d+", re.ASCII)
_SECOND_60 = re.compile(r"(?<=^.{16}):60")


def from_datetime(moment: datetime) -> int:
    """Milliseconds UTC of an aware datetime; parts of a millisecond are dropped."""
    return (moment - EPOCH) // _MILLISECOND


def to_datetime(instant: int) -> datetime:
    """The aware UTC datetime of an instant."""
    return EPOCH + timedelta(milliseconds=instant)


def to_text(instant: int) -> str:
    """An instant as the contract writes it: `2024-01-15T09:05:30.000Z`."""
    # By hand, as several stand on each page: half the time that a datetime takes.
    days, rest = divmod(instant, _DAY_MS)
    seconds, thousandths = divmod(rest, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{_date(days)}T{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}Z"


@lru_cache(maxsize=4096)
def _date(days: int) -> str:
    """The date of so many days after 1970-01-01."""
    return (EPOCH + timedelta(days=days)).date().isoformat()


def optional_text(instant: int | None) -> str | None:
    """The same, where there may be no instant."""
    return None if instant is None else to_text(instant)


def from_text(text: str) -> int:
    """The instant that an ISO 8601 text with an offset names.

    Raises ValueError for anything else, a time without an offset included: guessing a zone
    would move somebody's class to another day. Nanoseconds are accepted and cut.
    """
    try:
        moment = moment_in(text)
        if moment.tzinfo is not None:
            return from_datetime(moment)
    except OverflowError as error:
        raise ValueError(str(error)) from error
    message = "an instant needs an offset such as Z or +01:00"
    raise ValueError(message)


def moment_in(text: str) -> datetime:
    """The day and time of day that an ISO 8601 text names, aware where it has an offset.

    RFC 3339 lets `t` and `z` be small, and a minute have a second 60 when clocks are held back:
    that is the next minute's first. Raises ValueError, or OverflowError past the calendar's end.
    """
    if not _SHAPE.fullmatch(text):
        message = "not an ISO 8601 instant"
        raise ValueError(message)
    plain, held_back = _SECOND_60.subn(":59", _FRACTION.sub(r"\1", text).upper())
    return datetime.fromisoformat(plain) + timedelta(seconds=held_back)
