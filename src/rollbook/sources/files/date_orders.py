"""In which order the dates of a file are written, and which of them cannot be.

No order is ever guessed where two can be: the wrong one would move a class to another month.
"""

from collections.abc import Iterable
from datetime import datetime

from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import END_OF_TIME
from rollbook.domain.instants import from_text, to_datetime
from rollbook.sources.files.local_times import DateOrder, local_time, numeric_date

ORDERS: tuple[DateOrder, ...] = ("mdy", "dmy", "ymd")

_EARLIEST = from_text("2010-01-01T00:00:00Z")
"""No platform had a report of who attended before."""

_FIRST = from_text("0001-01-01T00:00:00Z")
_TWO_DAYS = 2 * 24 * 60 * 60 * 1000
_DAY_OR_MONTH_FIRST: frozenset[DateOrder] = frozenset({"mdy", "dmy"})

# Years of two digits are Teams', whose reports are as old as this.
_SINCE_TEAMS = 2020
_CALENDARS = (
    (range(1, 200), "Minguo years: 111 is 2022"),
    (range(1300, 1600), "years of the Persian or the Islamic calendar: 1401 and 1444 are 2022"),
    (range(2053, 2100), "years of the Buddhist calendar: 2565 is 2022"),
    (range(2443, 2700), "years of the Buddhist calendar: 2565 is 2022"),
)


def order_of(texts: Iterable[str], now: int | None = None) -> DateOrder:
    """The order in which these dates are written, none of them later than tomorrow.

    Raises InvalidInput where no date tells it, and where one tells another than the next.
    """
    known = list(dict.fromkeys(texts))
    likely = [(text, _likely_orders(text, now)) for text in known]
    _refuse_two_orders([(text, orders) for text, orders in likely if orders])
    # Dates that cannot be show an order only where no other date does; they are rejected for it.
    possible = _narrowed(orders for _, orders in likely) or _narrowed(
        set(_readings(text)) for text in known
    )
    left = [order for order in ORDERS if not possible or order in possible]
    for text, orders in likely:
        if orders and len({local_time(text, order) for order in left} - {None}) > 1:
            choices = f"{', '.join(left[:-1])} or {left[-1]}"
            message = f"dates like {text} can be read two ways: say --date-order {choices}"
            raise InvalidInput(message, field="dateOrder")
    return left[0]


def _refuse_two_orders(told: list[tuple[str, set[DateOrder]]]) -> None:
    """Raise InvalidInput where dates show two orders, and another could be read in either.

    Without another, those in the one order are rejected for it, and nothing is read wrongly.
    """
    left = set(ORDERS)
    for text, orders in told:
        if not left & orders:
            doubtful = next((one for one, suits in told if suits >= left | orders), None)
            if doubtful is None:
                return
            other = next(one for one, suits in told if not suits & orders)
            raise InvalidInput(
                f"dates are written in two orders, like {other} and like {text}, so that {doubtful} can be read "
                "two ways: export the report again, or say --date-order, and the others are rejected",
                field="dateOrder",
            )
        left &= orders


def refuse_mixed(texts: Iterable[str]) -> None:
    """Raise InvalidInput where dates are written in two ways.

    A spreadsheet that reads 04/05/2020 as the fourth of May writes it in its own way, and leaves
    04/15/2020 as it was: day and month of the former are exchanged, and nothing shows which.
    """
    seen: dict[str, str] = {}
    for text in texts:
        if found := numeric_date(text):
            seen.setdefault(found["mark"], text)
    if len(seen) > 1:
        one, other, *_ = seen.values()
        raise InvalidInput(
            f"dates are written in two ways, like {one} and like {other}: a spreadsheet has changed "
            "some of them, and may have exchanged day and month. Export the report again, and "
            "import it without opening it in a spreadsheet"
        )


def check_year(instant: int, field: str, now: int | None) -> None:
    """Raise InvalidInput where nobody can have been in a meeting then, or told of it."""
    if instant < _EARLIEST:
        problem = "before 2010"
    elif now is not None and instant > now + _TWO_DAYS:
        problem = "after tomorrow"
    else:
        return
    year = to_datetime(min(max(instant, _FIRST), END_OF_TIME)).year
    hint = next((text for years, text in _CALENDARS if year in years), "")
    advice = f". Perhaps these are {hint}; export the report with years like 2024" if hint else ""
    message = f"{field} must not be {problem}, and is in the year {year}{advice}"
    raise InvalidInput(message, field=field)


def _narrowed(votes: Iterable[set[DateOrder]]) -> set[DateOrder]:
    """The orders that all dates allow; where those that cannot be disagree, the first decide."""
    left: set[DateOrder] = set()
    for orders in votes:
        left = (left & orders if left else orders) or left
    return left


def _likely_orders(text: str, now: int | None) -> set[DateOrder]:
    """The orders in which this date can be; none where there is none that is not out of time."""
    latest = None if now is None else to_datetime(now + _TWO_DAYS).replace(tzinfo=None)
    readings = _readings(text)
    usual = _usual_orders(text)
    for since, orders in ((_SINCE_TEAMS, usual), (_SINCE_TEAMS, ORDERS), (2010, ORDERS)):
        found = {
            order
            for order, moment in readings.items()
            if order in orders and moment.year >= since and (latest is None or moment <= latest)
        }
        if found:
            return found
    return set()


def _readings(text: str) -> dict[DateOrder, datetime]:
    return {order: moment for order in ORDERS if (moment := local_time(text, order))}


def _usual_orders(text: str) -> Iterable[DateOrder]:
    """Where the year comes first and has two digits, no comma follows a slashed date.

    Nor are such dates dotted, unless a dot stands behind the last number as well.
    """
    found = numeric_date(text)
    if found is None:
        return ORDERS
    dotted = found["mark"] == "." and "." not in found["end"]
    slashed = found["mark"] == "/" and "," in found["end"]
    return _DAY_OR_MONTH_FIRST if dotted or slashed else ORDERS
