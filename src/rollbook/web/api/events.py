"""`POST /v1/events`: events of our own form, in batches, one result for each."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from litestar import Response, post
from litestar.exceptions import HTTPException

from rollbook.domain.ids import OrgId
from rollbook.domain.scopes import Scope
from rollbook.service.ingest.record import Arrival, Outcome, Rejection
from rollbook.service.platforms import presences_of
from rollbook.web.api import event_shapes as events_wire
from rollbook.web.api.event_shapes import MOST_EVENTS, InvalidEvent, ReadEvent
from rollbook.web.api.openapi_parts import (
    ADDRESS,
    ID,
    LABEL,
    NEEDS_KEY,
    ROLE,
    Json,
    Piece,
    answer,
    errors,
    reference,
)
from rollbook.web.http.services import AnyRequest, Services, services_of

MAX_BATCH_BYTES = 4 * 1024 * 1024


class EventResult(msgspec.Struct, omit_defaults=True):
    """What became of one event."""

    id: str | None
    status: Literal["accepted", "duplicate", "conflict", "invalid"]
    message: str | None = None


class EventsData(msgspec.Struct):
    """One result for each event, in their order."""

    results: list[EventResult]


class EventsAnswer(msgspec.Struct):
    """The answer to a batch of events."""

    success: bool
    data: EventsData


@post("/v1/events", status_code=200, request_max_body_size=MAX_BATCH_BYTES)
async def receive_events(request: AnyRequest) -> Response[bytes]:
    """Answer once the good events are committed, whatever the others are."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.INGEST, now)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not events_wire.is_events_type(content_type):
        raise HTTPException(status_code=415)
    events = events_wire.from_json(await request.body(), content_type)
    good = [event.delivery for event in events if isinstance(event, ReadEvent)]
    outcomes: Iterator[Outcome] = iter(())
    if good:
        source = await services.known_sources.own_events(organization.org_id, now)
        arrival = Arrival(source, good, now, presences_of(source))
        outcomes = iter(await services.group_commit.record(arrival))
    await _count_invalid(services, organization.org_id, events, now)
    results = [
        EventResult(event.told_id, next(outcomes).value)
        if isinstance(event, ReadEvent)
        else EventResult(event.event_id, "invalid", event.message)
        for event in events
    ]
    answer = EventsAnswer(success=True, data=EventsData(results))
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def _count_invalid(
    services: Services, org_id: OrgId, events: Sequence[ReadEvent | InvalidEvent], now: int
) -> None:
    """Show the operator too what the sender is told; an organization gets no source by mistakes."""
    invalid = [event for event in events if isinstance(event, InvalidEvent)]
    source = await services.known_sources.own_events_if_any(org_id) if invalid else None
    if source is not None:
        for event in invalid:
            services.group_commit.reject(Rejection(source, event.message, now))


# --- its piece of the document ----------------------------------------------------------------

_EVENT: Json = {
    "type": "object",
    "required": ["id", "type", "time", "roomId"],
    "properties": {
        "id": {**ID, "description": "The event's own id: the same id is taken once."},
        "type": {
            "enum": ["participant.joined", "participant.left", "room.started", "room.finished"]
        },
        "time": {"type": "string", "format": "date-time"},
        "roomId": ID,
        "roomTitle": LABEL,
        "roomInstanceId": {**ID, "description": "One run of the room, where runs have ids."},
        "sessionId": {**ID, "description": "One presence: a rejoin has another one."},
        "joinedAt": {"type": "string", "format": "date-time", "description": "Told by a leave."},
        "participant": {
            "type": "object",
            "required": ["uid"],
            "properties": {"uid": ID, "name": LABEL, "role": ROLE},
        },
        "ipAddress": ADDRESS,
        "userAgent": LABEL,
    },
}

_EVENTS_EXAMPLE: Json = {
    "events": [
        {
            "id": "evt-1",
            "type": "participant.joined",
            "time": "2024-01-15T09:05:30Z",
            "roomId": "math-101",
            "roomTitle": "Calculus I",
            "sessionId": "visit-77",
            "participant": {"uid": "student-123", "name": "Jane Doe", "role": "STUDENT"},
            "ipAddress": "192.168.1.100",
        }
    ]
}

_BATCH: Json = {
    "type": "object",
    "required": ["events"],
    "properties": {
        # Each event is judged by itself, so the list takes whatever is in it.
        "events": {"type": "array", "minItems": 1, "maxItems": MOST_EVENTS, "items": _EVENT}
    },
}

_OPERATION: Json = {
    "operationId": "receiveEvents",
    "summary": "Events of our own form",
    "description": "Takes events from anything that is not one of the platforms. One result "
    "for each; good ones go in whatever the others are. Answered once they are durable.",
    "security": NEEDS_KEY,
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _BATCH, "example": _EVENTS_EXAMPLE},
            "application/cloudevents-batch+json": {
                "schema": {"type": "array", "minItems": 1, "items": {"type": "object"}}
            },
            "application/cloudevents+json": {"schema": {"type": "object"}},
        },
    },
    "responses": {
        "200": answer("One result for each event.", reference(EventsAnswer)),
        **errors(400, 401, 413, 415, 500, 503),
    },
}

PIECE = Piece({"/v1/events": {"post": _OPERATION}}, [EventsAnswer])
