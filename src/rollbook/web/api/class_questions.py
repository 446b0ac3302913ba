"""What requests ask about classes: by which rule, on which days."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from rollbook.domain.attendance import MOST_MINUTES, AttendanceRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_around, parse_day, period_of, time_zone
from rollbook.web.api.openapi_parts import DAY, Json, query_parameter
from rollbook.web.http.json_fields import text

MOST_DAYS = 366
RULE_NAMES = ("share", "late", "early", "gap")
Query = Mapping[str, str | None]
"""The parameters of a request, by name; of a repeated one the last."""

_LAST = date.max.toordinal()


def asked_rule(query: Query) -> AttendanceRule:
    """The rule that a request asks for, or the usual one."""
    usual = AttendanceRule()
    return AttendanceRule(
        asked_number(query, "share", usual.share, 0, 100),
        asked_number(query, "late", usual.late, 0, MOST_MINUTES),
        asked_number(query, "early", usual.early, 0, MOST_MINUTES),
        asked_number(query, "gap", usual.gap, 1, MOST_MINUTES),
    )


def asked_number(query: Query, name: str, usual: int, least: int, most: int) -> int:
    """A whole number of the query. Raises InvalidInput for one out of bounds."""
    told = text(query, name)
    if told is None:
        return usual
    if not re.fullmatch(r"\d{1,9}", told, re.ASCII) or not least <= int(told) <= most:
        raise InvalidInput(f"{name} must be a whole number from {least} to {most}", field=name)
    return int(told)


def asked_days(query: Query, organization: Organization, now: int, usual: int) -> Period:
    """The days `from` to `to` of a query; without a first one, `usual` days up to the last.

    Raises InvalidInput.
    """
    zone = organization.time_zone
    first, last = text(query, "from"), text(query, "to")
    today = day_around(now, zone).first
    end = today if last is None else parse_day(last, time_zone(zone), "to")
    if first is None:
        start = date.fromordinal(max(1, end.toordinal() - usual + 1))
    else:
        start = parse_day(first, time_zone(zone), "from")
    if last is None:
        # As many days as there may be, and none that is to come, unless it was asked for.
        end = max(start, min(end, date.fromordinal(min(_LAST, start.toordinal() + MOST_DAYS - 1))))
    if end < start:
        raise InvalidInput("to must not be before from", field="to")
    if (end - start).days >= MOST_DAYS:
        raise InvalidInput(f"from and to must be at most {MOST_DAYS} days apart", field="to")
    return period_of(start, end, zone)


# --- their pieces of the document -------------------------------------------------------------


def _minutes(name: str, least: int, usual: int, description: str) -> Json:
    schema = {"type": "integer", "minimum": least, "maximum": MOST_MINUTES, "default": usual}
    return query_parameter(name, description, schema)


_USUAL = AttendanceRule()
RULE_PARAMETERS: Sequence[Json] = [
    query_parameter(
        "share",
        "Percent of a class that makes somebody present.",
        {"type": "integer", "minimum": 0, "maximum": 100, "default": _USUAL.share},
    ),
    _minutes("late", 0, _USUAL.late, "Minutes that are forgiven at the beginning."),
    _minutes("early", 0, _USUAL.early, "Minutes that are forgiven at the end."),
    _minutes(
        "gap",
        1,
        _USUAL.gap,
        "Minutes with less than half of the people after which another class began.",
    ),
]


def days_parameters(usual: int) -> Sequence[Json]:
    """`from` and `to`, for what answers `usual` days where they are not told."""
    without = f"{usual} days up to `to`" if usual > 1 else "the day `to`"
    return [
        query_parameter("from", f"First day; {without} if it is not told.", DAY),
        query_parameter(
            "to",
            f"Last day; today if it is not told, or {MOST_DAYS} days after the first: more are not "
            "answered.",
            DAY,
        ),
    ]
