"""`GET /v1/sessions/{id}/events`: the events behind a session."""

from typing import Any

import msgspec
from litestar import Response
from litestar.params import FromPath

from rollbook.domain.instants import optional_text, to_text
from rollbook.domain.presences import Presence
from rollbook.domain.scopes import Scope
from rollbook.service.reports.explain import Explanation, explain
from rollbook.service.reports.ports import EventRecord
from rollbook.web.api.evidence import JOINED_BY, LEFT_BY, JoinedBy, LeftBy
from rollbook.web.api.openapi_parts import (
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    path_parameter,
    reference,
)
from rollbook.web.api.wire import Wire
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.services import AnyRequest, readable, services_of


class ExplainedSession(Wire):
    """A session and how its two ends are known; `leftBy` is null while it runs."""

    id: str
    source_id: str
    platform_session_id: str
    uid: str | None
    room_id: str
    room_instance_id: str | None
    joined_at: str | None
    joined_by: JoinedBy | None
    left_at: str | None
    left_by: LeftBy | None
    ip_address: str | None
    user_agent: str | None


class EventWire(Wire):
    """An event as it was kept; `payload` is the platform's own, credentials taken out."""

    event_id: str
    source_id: str
    type: str
    occurred_at: str
    received_at: str
    payload: Any


class ExplanationData(Wire):
    """A session and the events behind it, in the order of what they tell."""

    session: ExplainedSession
    events: list[EventWire]


class ExplanationAnswer(Wire):
    """The answer to "explain this number"."""

    success: bool
    data: ExplanationData


@readable("/v1/sessions/{session_id:str}/events")
async def session_events(request: AnyRequest, session_id: FromPath[str]) -> Response[bytes]:
    """Answer which events made a session what it is."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    explanation = await explain(services.history, organization.org_id, session_id)
    answer = ExplanationAnswer(success=True, data=explanation_data(explanation))
    return json_answer(answer)


def explanation_data(explanation: Explanation) -> ExplanationData:
    """A session and its events, as answers show them."""
    return ExplanationData(
        _session(explanation.presence), [_event(event) for event in explanation.events]
    )


def _session(presence: Presence) -> ExplainedSession:
    return ExplainedSession(
        presence.session_id,
        presence.source_id,
        presence.presence_id,
        presence.participant_id,
        presence.room_id,
        presence.instance_id,
        optional_text(presence.joined_at),
        JOINED_BY.get(presence.joined_by),
        optional_text(presence.left_at),
        LEFT_BY.get(presence.left_by),
        presence.ip_address,
        presence.user_agent,
    )


def _event(event: EventRecord) -> EventWire:
    return EventWire(
        event.event_id,
        event.source_id,
        event.event_type,
        to_text(event.occurred_at),
        to_text(event.received_at),
        None if event.payload is None else msgspec.Raw(event.payload.encode()),
    )


# --- its piece of the document ----------------------------------------------------------------

_OPERATION: Json = {
    "operationId": "sessionEvents",
    "tags": ["sessions"],
    "summary": "Explain a session",
    "description": "The events behind a session, and how its two ends are known.",
    **needs_key(Scope.READ),
    "parameters": [path_parameter("session_id")],
    "responses": {
        "200": answer("The session and its events.", reference(ExplanationAnswer)),
        **errors(401, 404, 422, 429, 500, 503),
    },
}

PIECE = Piece({"/v1/sessions/{session_id}/events": {"get": _OPERATION}}, [ExplanationAnswer])
