"""Every URL on one page."""

from collections.abc import Sequence
from functools import partial
from typing import Self

from litestar import Litestar, Response
from litestar.datastructures import State
from litestar.events import BaseEventEmitterBackend
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ASGIApp, ControllerRouterHandler, LifespanHook, Receive, Scope, Send

from rollbook.domain.errors import RollbookError
from rollbook.web.api.absences import list_absences, list_at_risk
from rollbook.web.api.attendance_rules import room_rule
from rollbook.web.api.context import receive_context
from rollbook.web.api.corrections import correct_session
from rollbook.web.api.events import EVENTS, receive_events
from rollbook.web.api.excuses import person_excuses, unsay_excuse
from rollbook.web.api.explain import session_events
from rollbook.web.api.health import healthz, readyz
from rollbook.web.api.kept_classes import unsay_class
from rollbook.web.api.live import live_rooms
from rollbook.web.api.metrics import metrics
from rollbook.web.api.openapi import openapi
from rollbook.web.api.participant_sessions import CONTRACT, participant_sessions
from rollbook.web.api.privacy import participant_data
from rollbook.web.api.reference import reference_asset, reference_page, reference_start
from rollbook.web.api.room_summary import room_summary
from rollbook.web.api.rooms import room_attendance, room_classes, room_sheet
from rollbook.web.api.rosters import room_roster
from rollbook.web.api.schedules import room_schedule
from rollbook.web.api.sessions import list_sessions
from rollbook.web.api.sources import list_sources
from rollbook.web.api.teachers import teacher_rooms
from rollbook.web.api.webhooks import receive_webhook, receive_webhook_below
from rollbook.web.http import errors
from rollbook.web.http.access_log import NoteAccess
from rollbook.web.http.body import MAX_BODY_BYTES
from rollbook.web.http.compression import compressed
from rollbook.web.http.direct import direct
from rollbook.web.http.exchange import CountRequest, Exchanges, exchanged
from rollbook.web.http.later import MadeLater
from rollbook.web.http.services import AnyRequest, Services

API: Sequence[HTTPRouteHandler | ASGIRouteHandler] = (
    participant_sessions,
    receive_events,
    receive_webhook,
    receive_webhook_below,
    receive_context,
    list_sessions,
    session_events,
    correct_session,
    list_sources,
    room_classes,
    room_attendance,
    room_sheet,
    room_summary,
    live_rooms,
    room_roster,
    participant_data,
    unsay_class,
    room_rule,
    person_excuses,
    unsay_excuse,
    room_schedule,
    list_absences,
    list_at_risk,
    teacher_rooms,
    openapi,
    reference_page,
    reference_start,
    reference_asset,
    healthz,
    readyz,
    metrics,
)

_OF_API = {path.split("/")[1] for handler in API for path in handler.paths}
"""What its paths begin with, and no page's."""


class _NoEvents(BaseEventEmitterBackend):
    """For an application that has no events: the framework's own loads a library to wait for them."""

    def emit(self, event_id: str, *args: object, **kwargs: object) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None: ...


class _Application(Litestar):
    """Without what Litestar adds where it finds libraries that only others use.

    To load Pydantic, where it is installed beside Rollbook, was a third of making the application.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def web_application(
    services: Services,
    count: CountRequest,
    on_startup: Sequence[LifespanHook],
    on_shutdown: Sequence[LifespanHook],
    silence_seconds: float,
    note: NoteAccess | None = None,
) -> Litestar:
    """The ASGI application; its state tells the `exchanges` that go on, and has the `pages`.

    `count` is called with every request that was answered, and so is `note`.
    """
    exchanges = Exchanges(silence_seconds)
    state = State({"services": services, "exchanges": exchanges})
    application = _made(API, state, on_startup, on_shutdown)
    state.pages = MadeLater(partial(_pages, state))
    routed = direct(
        _with_pages(application.asgi_handler, state.pages),
        {CONTRACT: participant_sessions.fn, EVENTS: receive_events.fn},
    )
    # Outside of the routing too, so that what no route takes is a request like any other.
    application.asgi_handler = exchanged(compressed(routed), count, exchanges, note)
    return application


def _with_pages(api: ASGIApp, pages: ASGIApp) -> ASGIApp:
    """Both as one: whatever is not of the API is the pages'."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        first = scope["path"].lstrip("/").partition("/")[0]
        await (api if first in _OF_API else pages)(scope, receive, send)

    return answered


def _pages(state: State) -> Litestar:
    """The pages: an application of their own, since the API need not wait for them (docs/decisions/0061)."""
    from rollbook.web.dashboard.routes import DASHBOARD  # noqa: PLC0415 - see above

    # What they work with is put together here as well, and not by the first page.
    state.services.pages()
    return _made(DASHBOARD, state)


def _made(
    handlers: Sequence[ControllerRouterHandler],
    state: State,
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
) -> Litestar:
    return _Application(
        route_handlers=handlers,
        state=state,
        on_startup=on_startup,
        on_shutdown=on_shutdown,
        exception_handlers={
            RollbookError: errors.known_error,
            HTTPException: _unrouted,
            Exception: errors.unknown_error,
        },
        request_max_body_size=MAX_BODY_BYTES,
        event_emitter_backend=_NoEvents,
        openapi_config=None,
        # Logging is configured once, for the whole process (logs.py).
        logging_config=None,
    )


def _unrouted(request: AnyRequest, error: HTTPException) -> Response[str] | Response[bytes]:
    """What no route takes: a page for who came with a browser, the envelope for a program."""
    by_browser = "text/html" in request.headers.get("accept", "")
    if by_browser and not request.url.path.startswith("/v1/"):
        from rollbook.web.dashboard.problems import http_problem  # noqa: PLC0415 - as for `_pages`

        return http_problem(request, error)
    return errors.http_error(request, error)
