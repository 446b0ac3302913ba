"""`GET`, `PUT` and `DELETE /v1/rooms/{room_id}/attendance-rule`: the rule that holds in a room."""

from collections.abc import Mapping
from typing import Any

from litestar import HttpMethod, Response, route
from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.attendance import RULE_BOUNDS, AskedRule, AttendanceRule, rule_of
from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import to_text
from rollbook.domain.organizations import Organization
from rollbook.domain.scopes import Scope
from rollbook.service.organizations.said import set_attendance_rule
from rollbook.web.api.openapi_parts import (
    ID,
    RULE_NUMBERS,
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    path_parameter,
    reference,
)
from rollbook.web.api.room_shapes import RuleWire, rule_wire
from rollbook.web.api.wire import Wire
from rollbook.web.http.body import MAX_BODY_BYTES, require_json
from rollbook.web.http.doers import program_of
from rollbook.web.http.gate import speaker_of
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import json_object
from rollbook.web.http.services import AnyRequest, Services, services_of

PATH = "/v1/rooms/{room_id:str}/attendance-rule"


class RoomRuleData(Wire):
    """The rule that holds in a room; by whom and when it was set, if it was."""

    room_id: str
    rule: RuleWire
    set_by: str | None
    set_at: str | None


class RoomRuleAnswer(Wire):
    """The answer to by which rule a room is judged."""

    success: bool
    data: RoomRuleData


@route(
    PATH,
    http_method=[HttpMethod.GET, HttpMethod.HEAD, HttpMethod.PUT, HttpMethod.DELETE],
    status_code=200,
    request_max_body_size=MAX_BODY_BYTES,
)
async def room_rule(request: AnyRequest, room_id: FromPath[str]) -> Response[bytes]:
    """Answer which rule holds in a room; take one for it, or away again, first."""
    services = services_of(request)
    now = services.now()
    asks = request.method in {HttpMethod.GET, HttpMethod.HEAD}
    needs = Scope.READ if asks else Scope.ADMIN
    organization = await services.gate.admit(request.scope, needs, now, set_up=True)
    known = fields.identifier(room_id, "roomId")
    if not asks:
        rule = None
        if request.method == HttpMethod.PUT:
            require_json(request.headers.get("content-type"))
            rule = _from_json(json_object(await request.body()))
        speaker = speaker_of(request.scope, now)
        org_id = organization.org_id
        organizations = services.organizations.by(program_of(request.scope, services))
        await set_attendance_rule(organizations, org_id, known, rule, speaker)
    return await _answered(services, organization, known)


async def _answered(
    services: Services, organization: Organization, room_id: str
) -> Response[bytes]:
    rules = await services.rooms.sayings.rules(organization.org_id, room_id)
    used = rule_of(AskedRule(), *rules)
    set_by, set_at = (used.as_set.by, to_text(used.as_set.at)) if used.as_set else (None, None)
    data = RoomRuleData(room_id, rule_wire(used), set_by, set_at)
    return json_answer(RoomRuleAnswer(success=True, data=data))


def _from_json(values: Mapping[str, Any]) -> AttendanceRule:
    return AttendanceRule(**{name: _number(values, name) for name in RULE_BOUNDS})


def _number(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():  # to JSON, 60.0 is a whole number too
        return int(value)
    least, most = RULE_BOUNDS[name]
    message = f"{name} is required: a whole number from {least} to {most}"
    raise InvalidInput(message, field=name)


# --- its piece of the document ----------------------------------------------------------------

_RULE: Json = {
    "type": "object",
    "required": list(RULE_NUMBERS),
    "properties": dict(RULE_NUMBERS),
    "example": {"share": 60, "late": 5, "early": 5, "gap": 10},
}


def _operation(needs: Scope, name: str, summary: str, description: str, *also: int) -> Json:
    return {
        "operationId": name,
        "tags": ["rooms"],
        "summary": summary,
        "description": description,
        **needs_key(needs),
        "parameters": [path_parameter("room_id", ID)],
        "responses": {
            "200": answer("The rule that holds in the room.", reference(RoomRuleAnswer)),
            **errors(400, 401, *also, 422, 429, 500, 503),
        },
    }


PIECE = Piece(
    {
        "/v1/rooms/{room_id}/attendance-rule": {
            "get": _operation(
                Scope.READ,
                "roomRule",
                "By which rule a room is judged",
                "The room's own, else the organization's, else that of all; `from` says which.",
            ),
            "put": {
                **_operation(
                    Scope.ADMIN,
                    "setRoomRule",
                    "Set the attendance rule of a room",
                    "Every class of the room is judged by it from then on, also those of before.",
                    413,
                    415,
                ),
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": reference("AttendanceRule")}},
                },
            },
            "delete": _operation(
                Scope.ADMIN,
                "clearRoomRule",
                "Take the rule of a room away",
                "From then on the room follows the organization again.",
            ),
        }
    },
    [RoomRuleAnswer],
    {"AttendanceRule": _RULE},
)
