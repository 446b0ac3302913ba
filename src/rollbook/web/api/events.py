"""`POST /v1/events`: events of our own form, in batches, one result for each."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from litestar import asgi
from litestar.exceptions import HTTPException
from litestar.types import Receive, Send
from litestar.types import Scope as Asked
from msgspec import UNSET, UnsetType

from rollbook.domain.ids import OrgId
from rollbook.domain.scopes import Scope
from rollbook.service.ingest.record import Arrival, Outcome, Rejection
from rollbook.service.platforms import presences_of
from rollbook.web.api import event_shapes as events_wire
from rollbook.web.api.event_schemas import SCHEMAS
from rollbook.web.api.event_shapes import InvalidEvent, ReadEvent
from rollbook.web.api.openapi_parts import (
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    reference,
)
from rollbook.web.http import bare
from rollbook.web.http.body import whole_body
from rollbook.web.http.direct import raise_what_failed
from rollbook.web.http.services import Services, services_in

EVENTS = "/v1/events"
MAX_BATCH_BYTES = 4 * 1024 * 1024

_HEADERS = {"Content-Type": "application/json"}


class EventResult(msgspec.Struct, omit_defaults=True):
    """What became of one event."""

    id: str | None
    status: Literal["accepted", "duplicate", "conflict", "invalid"]
    message: str | UnsetType = UNSET


class EventsData(msgspec.Struct):
    """One result for each event, in their order."""

    results: list[EventResult]


class EventsAnswer(msgspec.Struct):
    """The answer to a batch of events."""

    success: bool
    data: EventsData


@asgi(EVENTS, copy_scope=False)
async def receive_events(scope: Asked, receive: Receive, send: Send) -> None:
    """Answer once the good events are committed, whatever the others are."""
    raise_what_failed(scope)
    if await bare.answered_for_its_method(scope, send, "POST"):
        return
    services = services_in(scope)
    now = services.now()
    organization = await services.gate.admit(scope, Scope.INGEST, now)
    told_type = bare.header(scope, b"content-type") or ""
    content_type = told_type.partition(";")[0].strip().lower()
    if not events_wire.is_events_type(content_type):
        raise HTTPException(status_code=415)
    body = await whole_body(scope, receive, MAX_BATCH_BYTES)
    results = await _taken_in(services, organization.org_id, body, content_type, now)
    answer = EventsAnswer(success=True, data=EventsData(results))
    await bare.answer(send, _HEADERS, msgspec.json.encode(answer))


async def _taken_in(
    services: Services, org_id: OrgId, body: bytes, content_type: str, now: int
) -> list[EventResult]:
    events = events_wire.from_json(body, content_type)
    good = [event.delivery for event in events if isinstance(event, ReadEvent)]
    outcomes: Iterator[Outcome] = iter(())
    if good:
        source = await services.known_sources.own_events(org_id, now)
        metered = await services.meter.metered(org_id, now)
        arrival = Arrival(source, good, now, presences_of(source), metered=metered)
        outcomes = iter(await services.group_commit.record(arrival))
    await _count_invalid(services, org_id, events, now)
    return [
        EventResult(event.told_id, next(outcomes).value)
        if isinstance(event, ReadEvent)
        else EventResult(event.event_id, "invalid", event.message)
        for event in events
    ]


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

_CLOUD_EXAMPLE: Json = {
    "specversion": "1.0",
    "source": "/portal",
    "id": "evt-2",
    "type": "org.example.participant.left",
    "time": "2024-01-15T10:02:15Z",
    "data": {"roomId": "math-101", "sessionId": "visit-77"},
}

_OPERATION: Json = {
    "operationId": "receiveEvents",
    "tags": ["events"],
    "summary": "Events of our own form",
    "description": "Takes events from anything that is not one of the platforms. One result "
    "for each; good ones go in whatever the others are. A body of type "
    "`application/cloudevents-batch+json` is a list of CloudEvents. Answered once they are durable.",
    **needs_key(Scope.INGEST),
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": reference("EventBatch"), "example": _EVENTS_EXAMPLE},
            "application/cloudevents+json": {
                "schema": reference("CloudEvent"),
                "example": _CLOUD_EXAMPLE,
            },
        },
    },
    "responses": {
        "200": answer("One result for each event.", reference(EventsAnswer)),
        **errors(400, 401, 413, 415, 429, 500, 503),
    },
}

PIECE = Piece({EVENTS: {"post": _OPERATION}}, [EventsAnswer], SCHEMAS)
