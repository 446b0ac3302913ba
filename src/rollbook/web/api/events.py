"""`POST /v1/events`: events of our own form, in batches, one result for each."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from litestar import Response, post
from litestar.exceptions import HTTPException

from rollbook.domain.ids import OrgId
from rollbook.service.ingest.record import Arrival, Outcome, Rejection
from rollbook.service.platforms import Delivery
from rollbook.web.api import event_shapes as events_wire
from rollbook.web.api.event_shapes import InvalidEvent
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
    organization = await services.known_keys.opened_by(request.headers.get("vf-org-id"), now)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not events_wire.is_events_type(content_type):
        raise HTTPException(status_code=415)
    events = events_wire.from_json(await request.body(), content_type)
    good = [event for event in events if isinstance(event, Delivery)]
    outcomes: Iterator[Outcome] = iter(())
    if good:
        source = await services.known_sources.own_events(organization.org_id, now)
        outcomes = iter(await services.group_commit.record(Arrival(source, good, now)))
    await _count_invalid(services, organization.org_id, events, now)
    results = [
        EventResult(event.event_id, next(outcomes).value)
        if isinstance(event, Delivery)
        else EventResult(event.event_id, "invalid", event.message)
        for event in events
    ]
    answer = EventsAnswer(success=True, data=EventsData(results))
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def _count_invalid(
    services: Services, org_id: OrgId, events: Sequence[Delivery | InvalidEvent], now: int
) -> None:
    """Show the operator too what the sender is told; an organization gets no source by mistakes."""
    invalid = [event for event in events if isinstance(event, InvalidEvent)]
    source = await services.known_sources.own_events_if_any(org_id) if invalid else None
    if source is not None:
        for event in invalid:
            services.group_commit.reject(Rejection(source, event.message, now))
