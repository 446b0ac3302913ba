"""`GET /v1/sources`: where events come from, and how each source is doing."""

from litestar import Response

from rollbook.domain.instants import optional_text
from rollbook.domain.scopes import Scope
from rollbook.service.organizations.sources import SourceState, source_states
from rollbook.web.api.openapi_parts import NEEDS_KEY, Json, Piece, answer, errors, reference
from rollbook.web.api.wire import Wire
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.services import AnyRequest, readable, services_of


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
    answer = SourcesAnswer(success=True, data=SourcesData([_to_wire(state) for state in states]))
    return json_answer(answer)


def _to_wire(state: SourceState) -> SourceWire:
    source, health = state.source, state.health
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
    )


# --- its piece of the document ----------------------------------------------------------------

_OPERATION: Json = {
    "operationId": "listSources",
    "tags": ["service"],
    "summary": "Health of sources",
    "description": "The sources of the organization, and what became of their deliveries.",
    "security": NEEDS_KEY,
    "responses": {
        "200": answer("The sources.", reference(SourcesAnswer)),
        **errors(401, 429, 500, 503),
    },
}

PIECE = Piece({"/v1/sources": {"get": _OPERATION}}, [SourcesAnswer])
