"""The rooms that a teacher taught in: a question of its own, as it looks at everybody in them."""

from litestar import Response

from rollbook.domain.presets import Preset
from rollbook.service.reports.taught import rooms_taught
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.person import person_question
from rollbook.web.dashboard.ranges import asked_range
from rollbook.web.dashboard.requests import asked_number, signed_in_of
from rollbook.web.http.services import AnyRequest, services_of

_CLASSES_SHOWN = 60
_MOST_ROOMS = 100_000


@long_page("/person/taught")
async def taught_page(request: AnyRequest) -> Response[str]:
    """Rooms and classes of a teacher in a range."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    uid = person_question(request, chosen.days).uid
    after = asked_number(request, "after", 0, 0, _MOST_ROOMS)
    found = await rooms_taught(services.rooms, organization, uid, chosen.days, now, after)
    return page(
        request,
        "taught.html",
        found=found,
        uid=uid,
        range=chosen,
        after=after,
        most=_CLASSES_SHOWN,
    )
