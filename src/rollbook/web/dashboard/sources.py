"""Sources: how each is doing, what to paste, new ones, new secrets, and a pause."""

from collections.abc import Iterable, Mapping

from litestar import Response, post

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.period import time_zone
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.organizations import sources
from rollbook.service.organizations.hearing import WITHOUT_DELIVERIES, Hearing, hearing
from rollbook.service.organizations.sources import SourceState, ensure_source
from rollbook.service.platforms import SourceKind
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.received import ShownEvent, shown_event
from rollbook.web.dashboard.requests import asked, changed_by, form_of, signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.address import public_base
from rollbook.web.http.services import AnyRequest, readable, services_of

_SHOWN_REJECTIONS = 20
_SHOWN_EVENTS = 10
_LATEST_WITHIN_MS = 3_600_000


@readable("/sources")
async def sources_page(request: AnyRequest) -> Response[str]:
    """Every source."""
    organizations, kinds = services_of(request).organizations, services_of(request).source_kinds
    org_id = signed_in_of(request).organization.org_id
    states = await sources.source_states(organizations, org_id)
    refused = {
        state.source.source_id: await organizations.refused(org_id, state.source.source_id)
        for state in states
        if state.health.rejected
    }
    heard = await _heard(request, states)
    base = public_base(request)
    return page(
        request,
        "sources.html",
        states=states,
        heard=heard,
        latest=await _latest(request, states),
        refused={source_id: found[:_SHOWN_REJECTIONS] for source_id, found in refused.items()},
        platforms=kinds,
        own=OwnKind,
        base=base,
        pasted=_pasted([state.source for state in states], kinds, base),
        rotated=asked(request, "rotated"),
        added=asked(request, "added"),
    )


async def _heard(request: AnyRequest, states: Iterable[SourceState]) -> dict[str, Hearing]:
    """What came lately of each source that events come from."""
    services, organization = services_of(request), signed_in_of(request).organization
    zone, now = time_zone(organization.time_zone), services.now()
    return {
        state.source.source_id: await hearing(services.organizations, state, zone, now)
        for state in states
        if state.source.kind not in WITHOUT_DELIVERIES
    }


async def _latest(
    request: AnyRequest, states: Iterable[SourceState]
) -> dict[str, list[ShownEvent]]:
    """The latest events of each source, and what they meant."""
    organizations = services_of(request).organizations
    found = {}
    for state in states:
        source, heard_at = state.source, state.health.last_received_at
        if heard_at is not None and source.kind not in WITHOUT_DELIVERIES:
            since = heard_at - _LATEST_WITHIN_MS
            events = await organizations.latest_events(
                source.org_id, source.source_id, since, _SHOWN_EVENTS
            )
            found[source.source_id] = [shown_event(event) for event in events]
    return found


def _pasted(shown: Iterable[Source], kinds: Mapping[str, SourceKind], base: str) -> dict[str, str]:
    """What goes into the configuration of each source's platform."""
    return {
        one.source_id: sources.to_paste(kinds[one.kind], one, base)
        for one in shown
        if one.kind in kinds
    }


@readable("/sources/new")
async def new_source_page(request: AnyRequest) -> Response[str]:
    """What can be connected; with a kind, the form for it."""
    kinds = services_of(request).source_kinds
    platform = kinds.get(asked(request, "kind"))
    return _new_page(request, platform)


def _new_page(
    request: AnyRequest, platform: SourceKind | None, name: str = "", problem: str = ""
) -> Response[str]:
    kinds = services_of(request).source_kinds
    return page(
        request,
        "source_new.html",
        400 if problem else 200,
        platforms=kinds,
        own=OwnKind,
        platform=platform,
        name=name,
        problem=problem,
    )


@post("/sources/new", status_code=200)
async def add_source(request: AnyRequest) -> Response[str]:
    """Add a source; its page says next what to paste at the platform."""
    services, org_id = services_of(request), signed_in_of(request).organization.org_id
    form, now = await form_of(request), services.now()
    name = fields.label(form.get("name", ""), "name")
    if form.get("kind") == OwnKind.EVENTS:
        added = await ensure_source(changed_by(request), org_id, OwnKind.EVENTS, name, now)
    else:
        kind = _kind(services.source_kinds, form.get("kind", ""))
        wanted = Source(org_id, "", kind.kind, name or kind.title, now)
        try:
            added = await sources.add_platform_source(
                changed_by(request), wanted, kind, _secret(kind, form)
            )
        except InvalidInput as error:
            # The secret is typed once more: no page shows one.
            return _new_page(request, kind, name or "", error.message)
    page_services_of(request).sign_ins.forget()
    return redirect(url("/sources", added=added.source_id) + f"#source-{added.source_id}")


@post("/sources/rotate", status_code=200)
async def rotate(request: AnyRequest) -> Response[str]:
    """Give a source a new secret; the one before works on, unless it is to end at once."""
    services, form = services_of(request), await form_of(request)
    source = await _source(request, form)
    kind = _kind(services.source_kinds, source.kind)
    await sources.rotate_secret(
        changed_by(request),
        source,
        kind,
        _secret(kind, form),
        drop_old=form.get("drop") == "yes",
    )
    return redirect(
        url("/sources", rotated=source.source_id) + f"#source-{source.source_id}",
    )


@post("/sources/pause", status_code=200)
async def pause(request: AnyRequest) -> Response[str]:
    """Take no more events from a source, or take them again."""
    services, form = services_of(request), await form_of(request)
    source = await _source(request, form)
    paused = form.get("paused") == "yes"
    await sources.set_disabled(changed_by(request), source, services.now() if paused else None)
    return redirect(f"/sources#source-{source.source_id}")


async def _source(request: AnyRequest, form: Mapping[str, str]) -> Source:
    organizations = services_of(request).organizations
    org_id = signed_in_of(request).organization.org_id
    return await sources.source_named(organizations, org_id, form.get("source", ""))


def _kind(kinds: Mapping[str, SourceKind], named: str) -> SourceKind:
    kind = kinds.get(named)
    if kind is None:
        raise InvalidInput("Choose a platform. Only a platform's source has a secret.")
    return kind


def _secret(kind: SourceKind, form: Mapping[str, str]) -> Mapping[str, str]:
    """The parts of a secret as they were filled in. Raises InvalidInput in plain words."""
    for part in kind.secret_parts:
        if not form.get(part.name, "").strip():
            raise InvalidInput(f"Fill in: {part.label}.")
    return form
