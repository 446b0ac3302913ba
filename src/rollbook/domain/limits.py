"""What an organization may ask and bring in, where whoever runs the service says so."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from rollbook.domain.errors import InvalidInput, TooOften
from rollbook.domain.instants import from_datetime, to_datetime
from rollbook.domain.rates import Rate
from rollbook.domain.values import value

BURST_SECONDS = 10
"""An organization may ask at once what it may ask in so many seconds."""

MOST_PER_SECOND = 10_000
MOST = 10**15

_MICROSECONDS = 1_000_000


class RateExceeded(TooOften):
    """An organization asks more often than it may."""


class QuotaUsedUp(TooOften):
    """An organization brought in all that it may in this day or month."""


@value
class Limits:
    """None is what the service says for all, 0 without end. Days and months are those of UTC."""

    requests_per_second: int | None = None
    events_per_day: int | None = None
    events_per_month: int | None = None
    bytes_per_day: int | None = None
    bytes_per_month: int | None = None

    @property
    def rate(self) -> Rate | None:
        """How often requests may come; None for as often as they like."""
        each = self.requests_per_second
        return Rate(each * BURST_SECONDS, _MICROSECONDS // each) if each else None

    @property
    def have_quota(self) -> bool:
        """Whether what comes in has to be counted."""
        return any(getattr(self, quota.field) for quota in _QUOTAS)

    def over(self, others: "Limits") -> "Limits":
        """These, and of the others what these do not say."""
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        return replace(others, **{name: value for name, value in own.items() if value is not None})


def checked_limits(limits: Limits) -> Limits:
    """The limits, if they are some. Raises InvalidInput naming the one that is not."""
    for one in fields(limits):
        value = getattr(limits, one.name)
        most = MOST_PER_SECOND if one.name == "requests_per_second" else MOST
        if value is not None and not 0 <= value <= most:
            what = one.name.replace("_", " ")
            raise InvalidInput(f"{what} must be from 0 to {most}", field=one.name)
    return limits


class Intake(NamedTuple):
    """What came in: events, and the bytes of their payloads."""

    events: int = 0
    bytes: int = 0


class _Quota(NamedTuple):
    field: str
    what: str
    by_month: bool


_QUOTAS = (
    _Quota("events_per_day", "events", by_month=False),
    _Quota("events_per_month", "events", by_month=True),
    _Quota("bytes_per_day", "bytes", by_month=False),
    _Quota("bytes_per_month", "bytes", by_month=True),
)


def spans_of(now: int) -> tuple[str, str]:
    """The day and the month of an instant (ms UTC), as intake is counted by them."""
    day = to_datetime(now).date().isoformat()
    return day, day[:7]


def require_room(limits: Limits, intake: Mapping[str, Intake], now: int) -> None:
    """Raises QuotaUsedUp where as much came in as may; `intake` is by spans (`spans_of`)."""
    for quota in _QUOTAS:
        most, span = getattr(limits, quota.field), spans_of(now)[quota.by_month]
        if most and getattr(intake.get(span, Intake()), quota.what) >= most:
            begins = _following(to_datetime(now), by_month=quota.by_month)
            raise QuotaUsedUp(
                f"The quota of {most:,} {quota.what} in a {'month' if quota.by_month else 'day'} "
                f"is used up; the next begins on {begins.date().isoformat()} (UTC)",
                max(1, (from_datetime(begins) - now) // 1000),
            )


def _following(moment: datetime, *, by_month: bool) -> datetime:
    """When the next day or month begins."""
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if not by_month:
        return midnight + timedelta(days=1)
    return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
