"""Teachers: the rooms they teach, and that no page and no form of theirs is about any other."""

from collections.abc import Mapping

from litestar import Response

from rollbook.domain.errors import Forbidden
from rollbook.domain.report import Page
from rollbook.domain.rights import Right, UserRole, who_may
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.requests import MY_ROOMS, asked_number, signed_in_of
from rollbook.web.dashboard.rights import NEEDS, ROOM_NAMED, asked_line
from rollbook.web.dashboard.rooms import room_id_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, services_of

ROOMS_ON_A_PAGE = 100
_MOST_PAGES = 1_000
_OF_NO_ROOM = frozenset({Right.OWN, Right.TEACH})
_NOT_YOURS = f"You do not teach this room. Who may see it: its teachers, {who_may(Right.LOOK)}."


async def require_own_room(request: AnyRequest, form: Mapping[str, str] | None) -> None:
    """Raises Forbidden where somebody who may not look at everything asks for a room that is not theirs.

    `form` is what was sent, as its handler reads it too; without one the address names the room.
    """
    signed_in, asked = signed_in_of(request), asked_line(request.method, request.url.path)
    if signed_in.may(Right.LOOK) or NEEDS.get(asked) in _OF_NO_ROOM:
        return
    named = ROOM_NAMED.get(asked)
    if named is None or signed_in.user is None or signed_in.user.role is not UserRole.TEACHER:
        raise Forbidden(_NOT_YOURS)
    if form is None:
        told = request.query_params.getall(named, [])
        # Whoever names two rooms is not asked which of them they mean.
        if len(told) > 1:
            raise Forbidden(_NOT_YOURS)
        room_id = room_id_of(told[0] if told else "")
    else:
        room_id = room_id_of(form.get(named, ""))
    own_rooms, now = page_services_of(request).own_rooms, services_of(request).now()
    org_id = signed_in.organization.org_id
    if room_id not in await own_rooms.of(org_id, signed_in.user.user_id, now):
        raise Forbidden(_NOT_YOURS)


@long_page(MY_ROOMS)
async def my_rooms_page(request: AnyRequest) -> Response[str]:
    """The rooms that whoever is signed in teaches, the latest first."""
    signed_in, users = signed_in_of(request), page_services_of(request).users
    if signed_in.user is None:
        raise Forbidden(_NOT_YOURS)
    rooms = await users.rooms_taught_by(signed_in.organization.org_id, signed_in.user.user_id)
    part = Page(asked_number(request, "page", 1, 1, _MOST_PAGES), ROOMS_ON_A_PAGE, len(rooms))
    shown = rooms[(part.number - 1) * part.size : part.number * part.size]
    return page(request, "my_rooms.html", rooms=shown, page=part)
