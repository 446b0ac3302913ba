"""What was ever said of a room: times of classes that were kept, excuses, and what was taken back."""

from litestar import Response

from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.ranges import kept_days
from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.dashboard.rooms import room_id_of
from rollbook.web.http.services import AnyRequest, readable, services_of

_MOST_SHOWN = 200


@readable("/room/said")
async def said_page(request: AnyRequest) -> Response[str]:
    """The latest of it first: who said what, when and why, and who took it back."""
    services, org_id = services_of(request), signed_in_of(request).organization.org_id
    room_id = room_id_of(request.query_params.get("id", ""))
    return page(
        request,
        "said.html",
        room_id=room_id,
        said=await services.rooms.sayings.ever_of_room(org_id, room_id, _MOST_SHOWN),
        most=_MOST_SHOWN,
        days=kept_days(dict(request.query_params.items())),
    )
