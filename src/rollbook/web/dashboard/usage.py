"""Usage: what a range cost; room by room; and month against month."""

from litestar import Response

from rollbook.domain.organizations import Organization
from rollbook.domain.presets import Preset
from rollbook.service.reports.ports import Overviews
from rollbook.service.reports.usage import MonthUsage, months, usage, usage_by_room
from rollbook.web.dashboard import words
from rollbook.web.dashboard.charts import Columns, by_day_or_longer, columns, heat
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.notation import first_weekday, notation
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.ranges import asked_range
from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, services_of


@long_page("/usage")
async def usage_page(request: AnyRequest) -> Response[str]:
    """Credits by day and role."""
    overviews, organization, now = _asked(request)
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    used = await usage(overviews, organization, chosen.days, now)
    per_day = [(day, totals.credits) for day, totals in used.days]
    week_begins = first_weekday(organization.locale)
    unit, values = by_day_or_longer(per_day, _credits, week_begins)
    return page(
        request,
        "usage.html",
        usage=used,
        range=chosen,
        unit=unit,
        chart=columns(values),
        heat=heat(per_day, _credits, week_begins),
    )


@long_page("/usage/rooms")
async def usage_rooms_page(request: AnyRequest) -> Response[str]:
    """Credits by room: a question of its own, as it reads all sessions of the range once more."""
    overviews, organization, now = _asked(request)
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    used = await usage_by_room(overviews, organization, chosen.days, now)
    return page(request, "usage_rooms.html", used=used, range=chosen)


@long_page("/usage/months")
async def months_page(request: AnyRequest) -> Response[str]:
    """Month against month: a question of its own, since it reads months whatever the range is."""
    by_month = await months(*_asked(request))
    return page(request, "usage_months.html", months=by_month, chart=_by_month(by_month))


def _asked(request: AnyRequest) -> tuple[Overviews, Organization, int]:
    """What is read, of whom, and as of when."""
    overviews = page_services_of(request).overviews
    return overviews, signed_in_of(request).organization, services_of(request).now()


def _credits(count: int) -> str:
    return words.plural(count, "credit")


def _by_month(by_month: list[MonthUsage]) -> Columns:
    return columns(
        [
            (
                notation().month_of_year(m.first),
                f"{words.month(m.first)}: {words.number(m.totals.credits)}",
                m.totals.credits,
            )
            for m in reversed(by_month)
        ],
        height=110,
    )
