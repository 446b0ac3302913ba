"""What requests ask about classes: by which rule, on which days."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from rollbook.domain.attendance import RULE_BOUNDS, AskedRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_around, parse_day, period_of, time_zone
from rollbook.web.api.openapi_parts import DAY, RULE_NUMBERS, Json, query_parameter
from rollbook.web.http.json_fields import text

MOST_DAYS = 366
RULE_NAMES = tuple(RULE_BOUNDS)
Query = Mapping[str, str | None]
"""The parameters of a request, by name; of a repeated one the last."""

_LAST = date.max.toordinal()


def asked_rule(query: Query) -> AskedRule:
    """The numbers of a rule that a request asks for."""
    return AskedRule(**{name: asked_number(query, name, *RULE_BOUNDS[name]) for name in RULE_NAMES})


def asked_number(query: Query, name: str, least: int, most: int) -> int | None:
    """A whole number of the query, if it has one. Raises InvalidInput for one out of bounds."""
    told = text(query, name)
    if told is None:
        return None
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


RULE_PARAMETERS: Sequence[Json] = [
    query_parameter(name, f"{schema['description']} Not told: as the room's rule is.", schema)
    for name, schema in RULE_NUMBERS.items()
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
