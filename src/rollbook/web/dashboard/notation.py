"""How pages write dates, times of day and numbers: plainly, or as people do in some place.

What a place does is CLDR's, as Babel brings it. The words around are English all the same: they stand
in the templates and in words.py, and what a page refuses is told where it is refused.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from copy import deepcopy
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rollbook.domain.period import day_in_words, days_in_words, period_of

if TYPE_CHECKING:
    from babel import Locale


class Notation:
    """The one where nobody chose another: it reads the same in every country."""

    def number(self, value: int) -> str:
        """12,345 with a thin space."""
        return f"{value:,}".replace(",", "\u202f")

    def percent(self, value: int) -> str:
        """`83 %`."""
        return f"{self.number(value)} %"

    def day(self, day: date) -> str:
        """`Mon 24 Nov 2026`."""
        return day_in_words(day)

    def day_of_year(self, day: date) -> str:
        """`Mon 24 Nov`, where the year is said beside it."""
        return f"{day:%a} {day.day} {day:%b}"

    def day_of_month(self, day: date) -> str:
        """`24 Nov`, where there is little room."""
        return f"{day.day} {day:%b}"

    def days(self, first: date, last: date) -> str:
        """`1 to 24 Nov 2026` with a dash; one day alone is `Mon 24 Nov 2026`."""
        return days_in_words(period_of(first, last, "UTC"))

    def month(self, day: date) -> str:
        """`November 2026`."""
        return f"{day:%B %Y}"

    def short_month(self, day: date) -> str:
        """`Nov 2026`."""
        return f"{day:%b %Y}"

    def month_of_year(self, day: date) -> str:
        """`Nov`."""
        return f"{day:%b}"

    def weekday(self, day: date) -> str:
        """`Mon`."""
        return f"{day:%a}"

    def clock(self, at: datetime, *, seconds: bool = False) -> str:
        """`09:05`, or `09:05:30`."""
        return f"{at:{'%H:%M:%S' if seconds else '%H:%M'}}"

    def moment(self, at: datetime, *, seconds: bool = False) -> str:
        """`Mon 24 Nov 2026, 09:05`."""
        return f"{self.day(at.date())}, {self.clock(at, seconds=seconds)}"


class _Local(Notation):
    """That of a place."""

    def __init__(self, locale: "Locale") -> None:
        from babel import dates, numbers  # noqa: PLC0415 - it takes as long as all else of a start

        self._locale, self._dates, self._numbers = locale, dates, numbers

    def _by(self, skeleton: str, day: date) -> str:
        return self._dates.format_skeleton(skeleton, day, locale=self._locale)

    def number(self, value: int) -> str:
        return self._numbers.format_decimal(value, locale=self._locale)

    def percent(self, value: int) -> str:
        return self._numbers.format_percent(value / 100, locale=self._locale)

    def day(self, day: date) -> str:
        return self._by("yMMMEd", day)

    def day_of_year(self, day: date) -> str:
        return self._by("MMMEd", day)

    def day_of_month(self, day: date) -> str:
        return self._by("MMMd", day)

    def days(self, first: date, last: date) -> str:
        if first == last:
            return self.day(first)
        return self._dates.format_interval(first, last, "yMMMd", locale=self._locale)

    def month(self, day: date) -> str:
        return self._by("yMMMM", day)

    def short_month(self, day: date) -> str:
        return self._by("yMMM", day)

    def month_of_year(self, day: date) -> str:
        return self._by("MMM", day)

    def weekday(self, day: date) -> str:
        return self._dates.format_date(day, "EEE", locale=self._locale)

    def clock(self, at: datetime, *, seconds: bool = False) -> str:
        # "short" and "medium" are with the hours of the place: 12 or 24.
        form = "medium" if seconds else "short"
        return self._dates.format_time(at.time(), form, locale=self._locale)

    def moment(self, at: datetime, *, seconds: bool = False) -> str:
        form = str(self._dates.get_datetime_format("medium", locale=self._locale))
        day, clock = self.day(at.date()), self.clock(at, seconds=seconds)
        return form.replace("{1}", day).replace("{0}", clock).replace("'", "")


_PLAIN = Notation()
_notation: ContextVar[Notation] = ContextVar("notation", default=_PLAIN)


def notation() -> Notation:
    """That of the page that is being made."""
    return _notation.get()


def write_as_in(place: str | None) -> None:
    """Let what this request is answered be written as in a place, such as `de_DE`; None: plainly.

    One that is not known is none.
    """
    _notation.set(_notation_of(place) if place else _PLAIN)


@lru_cache(64)
def _notation_of(place: str) -> Notation:
    return _Local(_locale(place)) if is_place(place) else _PLAIN


def first_weekday(place: str | None) -> int:
    """The day that weeks begin with there: 0 is Monday, as where nobody chose a place."""
    return int(_locale(place).first_week_day) if place and is_place(place) else 0


def is_place(text: str) -> bool:
    """Whether it is one of `places`."""
    return text in _identifiers()


@cache
def places() -> Sequence[tuple[str, str]]:
    """What can be chosen, by name: `de_DE` is "German (Germany)"."""
    from babel import Locale  # noqa: PLC0415 - as above

    english = _locale("en")
    names, countries = english.languages, english.territories
    named: list[tuple[str, str]] = []
    for place in _identifiers():
        told = Locale.parse(place)
        language = names.get(told.language, told.language)
        script = english.scripts.get(told.script) if told.script else None
        country = countries.get(told.territory or "", told.territory)
        named.append((place, f"{language} ({', '.join(filter(None, (script, country)))})"))
    return sorted(named, key=lambda one: one[1])


@cache
def _locale(place: str) -> "Locale":
    from babel import Locale, localedata  # noqa: PLC0415 - as above

    # What Babel looks up for one locale it writes into what others inherit: after Japanese, months of
    # Thai were Japanese (python-babel/babel issue 1234). So each has all of its own.
    data = localedata.load(place)
    own = deepcopy(data)
    data.clear()
    data.update(own)
    return Locale.parse(place)


@cache
def _identifiers() -> frozenset[str]:
    """A language and a country each: with the language alone, nobody knows how dates are written."""
    from babel.localedata import locale_identifiers  # noqa: PLC0415 - as above

    parts = ((place, place.rpartition("_")[2]) for place in locale_identifiers())
    return frozenset(place for place, last in parts if len(last) == 2 and last.isupper())
