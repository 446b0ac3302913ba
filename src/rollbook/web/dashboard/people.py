"""The list of people."""

from litestar import Response

from rollbook.domain.events import Role
from rollbook.domain.presets import Preset
from rollbook.service.reports.people import people, teachers
from rollbook.service.reports.ports import SORTS, PeopleQuestion
from rollbook.service.reports.usage import NO_ROLE
from rollbook.web.dashboard.lists import as_list, kept_of
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
_ROLES = (*(role.value for role in Role), NO_ROLE)


@long_page("/people")
async def people_page(request: AnyRequest) -> Response[str]:
    """Everybody, found by uid or name, in any order."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    question, overviews = people_question(request), page_services_of(request).overviews
    listed = await people(overviews, organization, chosen.days, question, now)
    return page(
        request,
        "people.html",
        listed=listed,
        range=chosen,
        question=question,
        roles=_ROLES,
        teachers=await teachers(overviews, organization, chosen.days, now),
        keep=kept_of(request),
        list=as_list(kept_of(request)),
    )


def people_question(request: AnyRequest) -> PeopleQuestion:
    """The question that a list's query asks."""
    sort, role = asked(request, "sort"), asked(request, "role")
    known = sort if sort in SORTS else "seen"
    order = asked(request, "order") or ("asc" if known == "name" else "desc")
    return PeopleQuestion(
        asked(request, "q")[:LONGEST_SEARCH],
        known,
        descending=order != "asc",
        page=asked_number(request, "page", 1, 1, _MOST_PAGES),
        role=role if role in _ROLES else "",
        teacher=asked(request, "teacher")[:LONGEST_SEARCH],
        there=asked(request, "who") == "there",
    )
