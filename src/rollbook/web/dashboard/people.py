"""The list of people."""

from litestar import Response

from rollbook.domain.presets import Preset
from rollbook.service.reports.people import people
from rollbook.service.reports.ports import SORTS, PeopleQuestion
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.ranges import asked_range
from rollbook.web.dashboard.requests import (
    LONGEST_SEARCH,
    asked,
    asked_number,
    signed_in_of,
)
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, services_of

_MOST_PAGES = 1_000_000


@long_page("/people")
async def people_page(request: AnyRequest) -> Response[str]:
    """Everybody, found by uid or name, in any order."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    question = _question(request)
    listed = await people(
        page_services_of(request).overviews, organization, chosen.days, question, now
    )
    return page(request, "people.html", listed=listed, range=chosen, question=question)


def _question(request: AnyRequest) -> PeopleQuestion:
    sort = asked(request, "sort")
    known = sort if sort in SORTS else "seen"
    order = asked(request, "order") or ("asc" if known == "name" else "desc")
    number = asked_number(request, "page", 1, 1, _MOST_PAGES)
    return PeopleQuestion(
        asked(request, "q")[:LONGEST_SEARCH], known, descending=order != "asc", page=number
    )
