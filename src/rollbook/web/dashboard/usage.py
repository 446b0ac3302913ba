"""Usage: what a range cost, and month against month."""

from litestar import Response

from rollbook.domain.presets import Preset
from rollbook.service.dashboard.usage import MonthUsage, Usage, months, usage
from rollbook.web.dashboard import words
from rollbook.web.dashboard.charts import Columns, by_day_or_longer, columns
from rollbook.web.dashboard.desk import desk_of, visitor_of
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.ranges import asked_range
from rollbook.web.services import AnyRequest, readable, services_of

_MOST_ROOMS = 50


@readable("/usage")
async def usage_page(request: AnyRequest) -> Response[str]:
    """Credits by day, room and role."""
    desk, organization = desk_of(request), visitor_of(request).organization
    now = services_of(request).now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    found = await usage(desk.browsing, organization, chosen.days, now)
    by_month = await months(desk.browsing, organization, now)
    unit, chart = _by_day(found)
    return page(
        request,
        "usage.html",
        usage=found,
        months=by_month,
        range=chosen,
        unit=unit,
        chart=chart,
        month_chart=_by_month(by_month),
        most_rooms=_MOST_ROOMS,
    )


def _by_day(found: Usage) -> tuple[str, Columns]:
    per_day = [(day, totals.credits) for day, totals in found.days]
    unit, values = by_day_or_longer(per_day, lambda count: words.plural(count, "credit"))
    return unit, columns(values)


def _by_month(found: list[MonthUsage]) -> Columns:
    return columns(
        [
            (
                f"{m.first:%b}",
                f"{m.first:%B %Y}: {words.number(m.totals.credits)}",
                m.totals.credits,
            )
            for m in reversed(found)
        ],
        height=110,
    )
