"""A test of a source: what can be told from in here, and what arrives while somebody watches."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from litestar import Response

from rollbook.domain.period import time_zone
from rollbook.domain.sources import Refused
from rollbook.domain.values import value
from rollbook.service.organizations.hearing import WITHOUT_DELIVERIES, checks, hearing
from rollbook.service.organizations.sources import (
    SourceState,
    source_named,
    source_states,
    webhook_path,
)
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.received import ShownEvent, shown_event
from rollbook.web.dashboard.requests import asked, asked_number, signed_in_of
from rollbook.web.http.address import public_base
from rollbook.web.http.services import AnyRequest, readable, services_of

_SHOWN = 20
_DAY_MS = 86_400_000


@value
class Arrived:
    """What came since an instant (ms UTC). `known`: whether all of it was known before."""

    since: int
    events: Sequence[ShownEvent]
    refused: Sequence[Refused]
    known: bool


@readable("/sources/test")
async def test_page(request: AnyRequest) -> Response[str]:
    """How a source stands, and what it brought since the test began. Changes nothing."""
    services, organization = services_of(request), signed_in_of(request).organization
    state, now = await _state(request), services.now()
    source = state.source
    if not asked(request, "since") or source.kind in WITHOUT_DELIVERIES:
        path = "/sources" if source.kind in WITHOUT_DELIVERIES else "/sources/test"
        return redirect(url(path, source=source.source_id, since=now))
    heard = await hearing(services.organizations, state, time_zone(organization.time_zone), now)
    base, kind = public_base(request), services.source_kinds.get(source.kind)
    parts = urlsplit(base)
    return page(
        request,
        "source_test.html",
        state=state,
        heard=heard,
        platform=kind,
        address=base + webhook_path(source),
        checks=checks(source, kind, parts.scheme, parts.hostname or ""),
        arrived=await _arrived(request, state),
    )


@readable("/sources/test/arrived")
async def arrived_part(request: AnyRequest) -> Response[str]:
    """What the source brought since, as it is now."""
    state = await _state(request)
    return page(request, "source_arrived.html", state=state, arrived=await _arrived(request, state))


async def _state(request: AnyRequest) -> SourceState:
    """The source that is asked for. Raises NotFound."""
    organizations = services_of(request).organizations
    org_id, source_id = signed_in_of(request).organization.org_id, asked(request, "source")
    await source_named(organizations, org_id, source_id)
    states = await source_states(organizations, org_id)
    return next(state for state in states if state.source.source_id == source_id)


async def _arrived(request: AnyRequest, state: SourceState) -> Arrived:
    services, source = services_of(request), state.source
    now = services.now()
    since = asked_number(request, "since", now, now - _DAY_MS, now)
    events = await services.organizations.latest_events(
        source.org_id, source.source_id, since, _SHOWN
    )
    refused = await services.organizations.refused(source.org_id, source.source_id)
    return Arrived(
        since,
        [shown_event(event) for event in events],
        [one for one in refused if one.at >= since][:_SHOWN],
        (state.health.last_received_at or 0) >= since and not events,
    )
