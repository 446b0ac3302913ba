"""The range of days that a page shows, out of its query."""

from collections.abc import Mapping
from datetime import date

from rollbook.domain.errors import InvalidInput
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_lived, period_of, time_zone
from rollbook.domain.presets import MOST_DAYS, Preset, beside, days_of, unit_of
from rollbook.domain.values import value
from rollbook.web.dashboard.notation import first_weekday
from rollbook.web.dashboard.requests import asked
from rollbook.web.http.services import AnyRequest, services_of

LABELS = {
    Preset.TODAY: "Today",
    Preset.WEEK: "This week",
    Preset.MONTH: "This month",
    Preset.LAST_MONTH: "Last month",
    Preset.TERM: "Term",
}
CUSTOM = "custom"

Step = tuple[str, Mapping[str, str]]
"""What a range beside another is called, and what pages must be asked with to show it."""

Steps = tuple[Step | None, Step | None]
NO_STEPS: Steps = (None, None)


@value
class Range:
    """The days shown, the name by which they were asked for, and the days before and after them."""

    days: Period
    name: str
    steps: Steps = NO_STEPS
    labels = LABELS

    @property
    def query(self) -> dict[str, str]:
        """What other pages must be asked with to show the same days."""
        if self.name != CUSTOM:
            return {"range": self.name}
        return _query(self.days.first, self.days.last)

    @property
    def typed(self) -> tuple[str, str]:
        """What stands in the two fields."""
        return self.days.first.isoformat(), self.days.last.isoformat()


@value
class RefusedRange:
    """What somebody typed that is no range: it stays in the two fields."""

    typed: tuple[str, str]
    name: str = CUSTOM
    steps: Steps = NO_STEPS
    labels = LABELS


class RangeRefused(InvalidInput):
    """The days that were typed are no range."""

    def __init__(self, message: str, first: str, last: str) -> None:
        super().__init__(message)
        self.range = RefusedRange((_in_a_field(first), _in_a_field(last)))


def _in_a_field(text: str) -> str:
    """What was typed, where a field for dates can hold it; browsers complain of any other."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


async def asked_range(
    request: AnyRequest, organization: Organization, default: Preset, now: int
) -> Range:
    """The range in the query of a page, or its default. Raises RangeRefused in plain words."""
    today = day_lived(now, time_zone(organization.time_zone))
    first, last = asked(request, "from"), asked(request, "to")
    if first or last:
        first, last = first or last, last or first
        try:
            days = _custom(first, last, organization)
            return range_of(days, CUSTOM, today, first_weekday(organization.locale))
        except InvalidInput as error:
            raise RangeRefused(str(error), first, last) from None
    try:
        preset = Preset(asked(request, "range") or default)
    except ValueError:
        preset = default
    term = await services_of(request).organizations.term(organization.org_id)
    days = period_of(
        *days_of(preset, today, term, first_weekday(organization.locale)), organization.time_zone
    )
    return range_of(days, preset, today, first_weekday(organization.locale))


def range_of(days: Period, name: str, today: date, first_weekday: int) -> Range:
    """A range, with what lies before and after it."""
    unit = unit_of(days.first, days.last, name, first_weekday)
    before, after = (
        _step(unit, one, today, first_weekday) for one in beside(days.first, days.last, unit)
    )
    return Range(days, name, (before, after))


def _step(
    unit: str, days: tuple[date, date] | None, today: date, first_weekday: int
) -> Step | None:
    """None where there are no such days, or where they are all to come."""
    if days is None or days[0] > today:
        return None
    named = {"day": Preset.TODAY, "week": Preset.WEEK, "month": Preset.MONTH}.get(unit)
    if named and days_of(named, today, None, first_weekday)[0] == days[0]:
        return unit, {"range": named.value}
    return unit, _query(*days)


def _query(first: date, last: date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def kept_days(told: Mapping[str, str]) -> dict[str, str]:
    """The range of the page from which somebody came to one that has none, and to which they go back."""
    return {name: told[name] for name in ("range", "from", "to") if told.get(name)}


def asked_day(text: str, what: str) -> date:
    """A day that somebody typed or picked. Raises InvalidInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{what} must be a date like 2026-01-31.") from None


def _custom(first: str, last: str, organization: Organization) -> Period:
    start, end = asked_day(first, "The first day"), asked_day(last, "The last day")
    if end < start:
        raise InvalidInput("The last day must not be before the first one.")
    if (end - start).days > MOST_DAYS:
        raise InvalidInput("Choose three years at most. The API answers longer ranges.")
    return period_of(start, end, organization.time_zone)
