"""Dates and times as platforms write them for people: local, in the order of some country.

Seen in real exports: `04/15/2020 03:42:15 PM`, `14/11/22, 09:29:07`, `9/22/26, 2:48:05 PM`,
`22.7.2026 7.05.12`, `2020/12/08 08:35:00 AM`, `Mar 22, 2025 19:13:27`, `22/7/11 18:29:28` (Japan).
"""

import re
import unicodedata
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_datetime, from_text
from rollbook.domain.values import value

DateOrder = Literal["mdy", "dmy", "ymd"]

_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?(?: ?(?P<half>[ap])\.? ?m\.?)?"
)
_NUMBERS = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[-/.]) ?(?P<middle>\d\d?)(?P=mark) ?(?P<last>\d{1,4})"
    rf"(?P<end>\.?,?)[ T]{_TIME}",
    re.IGNORECASE | re.ASCII,
)
_NAMED_MONTH = re.compile(
    rf"(?P<month>[a-z]{{3}})[a-z]*\.? (?P<day>\d\d?),? (?P<year>\d{{4}}),? {_TIME}",
    re.IGNORECASE | re.ASCII,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_INVISIBLE = re.compile("[\u200e\u200f\ufeff]")
_THIS_CENTURY = 2000


@value
class Clock:
    """Reads the local times of one file."""

    zone: ZoneInfo
    order: DateOrder

    def instant(self, text: str, field: str, not_before: int = 0) -> int:
        """The instant of `text`; raises InvalidInput naming `field` where it is none.

        Where clocks went back, one local time was twice. It is the first of the two, unless
        that would be before `not_before`.
        """
        local = local_time(text, self.order)
        if local is None:
            return _with_offset(text, field)
        first = from_datetime(local.replace(tzinfo=self.zone))
        second = from_datetime(local.replace(tzinfo=self.zone, fold=1))
        return second if first < not_before else first


def numeric_date(text: str) -> re.Match[str] | None:
    """The parts of a date that is written in numbers; `mark` is what stands between them."""
    return _NUMBERS.fullmatch(_plain(text))


def local_time(text: str, order: DateOrder) -> datetime | None:
    """The local time that `text` names, its day, month and year read in this order."""
    if found := numeric_date(text):
        return _moment(found, *_year_month_day(found, order))
    if found := _NAMED_MONTH.fullmatch(_plain(text)):
        name = found["month"].lower()
        month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
        return _moment(found, int(found["year"]), month, int(found["day"]))
    return None


def _plain(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()


def _year_month_day(found: re.Match[str], order: DateOrder) -> tuple[int, int, int]:
    first, middle, last = int(found["first"]), int(found["middle"]), int(found["last"])
    if len(found["first"]) > 2:
        return first, middle, last
    if order == "ymd" and len(found["last"]) <= 2:
        return _year(found["first"]), middle, last
    # Dots stand in dates of countries where the day comes first, or the year.
    if order == "dmy" or found["mark"] == ".":
        return _year(found["last"]), middle, first
    return (_year(found["last"]) if order == "mdy" else 0), first, middle


def _year(digits: str) -> int:
    """Two digits stand for this century, four for themselves; others for no year at all: 0."""
    return {2: _THIS_CENTURY + int(digits), 4: int(digits)}.get(len(digits), 0)


def _moment(found: re.Match[str], year: int, month: int, day: int) -> datetime | None:
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    try:
        return datetime(year, month, day, hour, int(found["minute"]), int(found["second"] or 0))  # noqa: DTZ001 - the zone comes later
    except ValueError:
        return None


def _with_offset(text: str, field: str) -> int:
    try:
        return from_text(text.strip())
    except ValueError:
        expected = "a date and a time, like 03/25/2024 02:05:30 PM"
        raise InvalidInput(f"{field} must be {expected}", field=field) from None
