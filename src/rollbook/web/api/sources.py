"""`GET /v1/sources`: where events come from, and how each source is doing."""

from litestar import Response

from rollbook.domain.instants import optional_text, to_text
from rollbook.domain.period import time_zone
from rollbook.domain.scopes import Scope
from rollbook.service.organizations.hearing import Hearing, hearing
from rollbook.service.organizations.sources import SourceState, source_states
from rollbook.web.api.openapi_parts import Json, Piece, answer, errors, needs_key, reference
from rollbook.web.api.wire import Wire
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.services import AnyRequest, readable, services_of


class LatelyWire(Wire):
    """What came of a source since an instant."""

    since: str
    accepted: int
    rejected: int


class SilenceWire(Wire):
    """Since when nothing came, and how many events are usual in that time, by so many weeks before."""

    since: str
    usual: int | None
    weeks: int
    unusual: bool


class SourceWire(Wire):
    """A source and what became of its deliveries; its secrets are never shown."""

    source_id: str
    kind: str
    name: str
    disabled: bool
    last_event_at: str | None
    lag_ms: int | None
    accepted: int
    duplicate: int
    ignored: int
    late: int
    rejected: int
    last_rejected_at: str | None
    last_rejection: str | None
    last_hour: LatelyWire
    last_day: LatelyWire
    last_week: LatelyWire
    silence: SilenceWire | None


class SourcesData(Wire):
    """The sources of an organization."""

    sources: list[SourceWire]


class SourcesAnswer(Wire):
    """The answer about sources."""

    success: bool
    data: SourcesData


@readable("/v1/sources")
async def list_sources(request: AnyRequest) -> Response[bytes]:
    """Answer how the sources of the organization are doing."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now)
    states = await source_states(services.organizations, organization.org_id)
    zone = time_zone(organization.time_zone)
    sources = [
        _to_wire(state, await hearing(services.organizations, state, zone, now)) for state in states
    ]
    answer = SourcesAnswer(success=True, data=SourcesData(sources))
    return json_answer(answer)


def _to_wire(state: SourceState, heard: Hearing) -> SourceWire:
    source, health, silence = state.source, state.health, heard.silence
    hour, day, week = (
        LatelyWire(to_text(one.since), one.accepted, one.rejected) for one in heard.lately
    )
    return SourceWire(
        source.source_id,
        source.kind,
        source.name,
        source.disabled_at is not None,
        optional_text(health.last_received_at),
        health.last_lag_ms,
        health.accepted,
        health.duplicates,
        health.ignored,
        health.late,
        health.rejected,
        optional_text(health.last_rejected_at),
        health.last_rejection,
        hour,
        day,
        week,
        None
        if silence is None
        else SilenceWire(to_text(silence.since), silence.usual, silence.weeks, silence.unusual),
    )


# --- its piece of the document ----------------------------------------------------------------

_OPERATION: Json = {
    "operationId": "listSources",
    "tags": ["service"],
    "summary": "Health of sources",
    "description": "The sources of the organization, and what became of their deliveries: ever, and in "
    "the last hour, day and week, each from a quarter of an hour on. A silence is `unusual` where "
    "events usually come at that hour, by the weeks before.",
    **needs_key(Scope.READ),
    "responses": {
        "200": answer("The sources.", reference(SourcesAnswer)),
        **errors(401, 429, 500, 503),
    },
}

PIECE = Piece({"/v1/sources": {"get": _OPERATION}}, [SourcesAnswer])
