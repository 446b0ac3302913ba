"""`GET /v1/live`: who is in which room now."""

from rollbook.domain.events import Role
from rollbook.domain.instants import to_text
from rollbook.domain.period import time_zone
from rollbook.domain.scopes import Scope
from rollbook.domain.stays import times
from rollbook.service.reports.live import MOST_SHOWN, Live, LivePerson, LiveRoom, found_in
from rollbook.service.reports.tables import live_table
from rollbook.web.api.answers import (
    FORMAT_PARAMETER,
    Answer,
    answered,
    asked_form,
    described,
    file_answer,
    left_alone,
)
from rollbook.web.api.openapi_parts import Json, Piece, errors, needs_key, query_parameter
from rollbook.web.api.wire import Wire
from rollbook.web.http.doers import tell_of_export
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import text
from rollbook.web.http.long_reads import ReaderLeft, attended
from rollbook.web.http.services import AnyRequest, readable, services_of

LONGEST_SEARCH = 256


class LivePersonWire(Wire):
    """Somebody in a room: since when, in how many sessions at once, and their seconds up to now."""

    uid: str
    name: str | None
    role: Role | None
    joined_at: str
    sessions: int
    seconds: int
    merged_seconds: int


class LiveRoomWire(Wire):
    """A room; `people` are all that are in it, `participants` those that are found, teachers first."""

    room_id: str
    room_title: str | None
    since: str
    people: int
    participants: list[LivePersonWire]


class LiveData(Wire):
    """Rooms, the fullest first; with `cut` those who came first are missing."""

    at: str
    people: int
    rooms: list[LiveRoomWire]
    cut: bool


class LiveAnswer(Wire):
    """The answer to who is in which room now."""

    success: bool
    data: LiveData


@readable("/v1/live")
async def live_rooms(request: AnyRequest) -> Answer:
    """Answer who is in which room now."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    form = asked_form(request)
    search = text({"q": request.query_params.get("q")}, "q") or ""
    reads = services.long_reads(organization.org_id)
    try:
        async with attended(request.receive):
            everything = await services.right_now.of(organization, now, reads.shared())
    except ReaderLeft:
        return left_alone(request)
    found = found_in(everything, search[:LONGEST_SEARCH])
    if form == "json":
        return answered(request, json_answer(_to_wire(found)))
    tell_of_export(request.scope, services, organization.org_id, f"live, {form}")
    zone = time_zone(organization.time_zone)
    return file_answer(reads, "live", form, live_table(found), zone)


def _to_wire(found: Live) -> LiveAnswer:
    rooms = [_room(room, found.at) for room in found.rooms]
    return LiveAnswer(
        success=True, data=LiveData(to_text(found.at), found.people, rooms, found.cut)
    )


def _room(room: LiveRoom, at: int) -> LiveRoomWire:
    here = [_person(one, at) for one in room.here]
    return LiveRoomWire(room.room_id, room.title, to_text(room.since), room.people, here)


def _person(one: LivePerson, at: int) -> LivePersonWire:
    who, lasted = one.who, times(one.stays, at)
    return LivePersonWire(
        who.uid,
        who.name,
        Role(who.role) if who.role else None,
        to_text(who.joined_at),
        len(one.stays),
        lasted.raw,
        lasted.merged,
    )


# --- its piece of the document ----------------------------------------------------------------

_OPERATION: Json = {
    "operationId": "liveRooms",
    "tags": ["rooms"],
    "summary": "Who is in which room now",
    "description": f"A second old at most. Of more than {MOST_SHOWN:,} sessions that go on at once, the "
    "latest joins are told.",
    **needs_key(Scope.READ),
    "parameters": [
        query_parameter(
            "q",
            "Only rooms whose id or title has this in it, and elsewhere people whose uid or name has.",
            {"type": "string"},
        ),
        FORMAT_PARAMETER,
    ],
    "responses": {
        "200": described("Who is in which room now", LiveAnswer),
        **errors(400, 401, 422, 429, 500, 503),
    },
}

PIECE = Piece({"/v1/live": {"get": _OPERATION}}, [LiveAnswer])
