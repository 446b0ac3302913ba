"""The range of days that a page shows, out of its query."""

from dataclasses import dataclass
from datetime import date

from rollbook.domain.errors import InvalidInput
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_lived, period_of, time_zone
from rollbook.domain.presets import MOST_DAYS, Preset, days_of
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


@dataclass(frozen=True, slots=True)
class Range:
    """The days shown, and the name by which they were asked for."""

    days: Period
    name: str
    labels = LABELS

    @property
    def query(self) -> dict[str, str]:
        """What other pages must be asked with to show the same days."""
        if self.name != CUSTOM:
            return {"range": self.name}
        return {"from": self.days.first.isoformat(), "to": self.days.last.isoformat()}


async def asked_range(
    request: AnyRequest, organization: Organization, default: Preset, now: int
) -> Range:
    """The range in the query of a page, or its default. Raises InvalidInput in plain words."""
    today = day_lived(now, time_zone(organization.time_zone))
    first, last = asked(request, "from"), asked(request, "to")
    if first or last:
        return Range(_custom(first or last, last or first, organization), CUSTOM)
    try:
        preset = Preset(asked(request, "range") or default)
    except ValueError:
        preset = default
    term = await services_of(request).organizations.term(organization.org_id)
    days = days_of(preset, today, term, first_weekday(organization.locale))
    return Range(period_of(*days, organization.time_zone), preset)


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
