"""Traces of requests and transactions, where somebody says where they go: the extra `otel`.

The only module that knows OpenTelemetry, and loaded only where traces are wanted. What a span tells is
what is written here: routes as they are declared, statuses, ids of requests. Never a path, a query, a
header or the message of an error, in which there may be keys, names and addresses.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from threading import Thread
from typing import Any, TypeVar, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from rollbook import __version__
from rollbook.store.engine.database import Database, Lane, Reading, Snapshot, Writing
from rollbook.store.engine.statements import Dialect
from rollbook.web.http.bare import header
from rollbook.web.http.exchange import method_of
from rollbook.web.http.request_ids import REQUEST_ID

_TRACEPARENT = "traceparent"
_REQUEST_ID = REQUEST_ID.lower().encode()
_LAST_SECONDS = 2.0
"""How long a stop waits for the last spans to be taken."""

_SYSTEMS: Mapping[Dialect, str] = {"sqlite": "sqlite", "postgres": "postgresql"}
"""What OpenTelemetry calls the engines."""

_Opened = TypeVar("_Opened")


class Traces:
    """Makes spans and sends them, as OpenTelemetry's own variables say."""

    def __init__(self) -> None:
        # What ends the process is decided elsewhere, and calls `stop`.
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("rollbook", __version__)

    def requests(self, application: ASGIApp) -> ASGIApp:
        """The application, with a span for each request, in the trace of whoever asks."""

        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            asked_in = _context_of(scope)
            with self._span(method_of(scope), asked_in, SpanKind.SERVER) as span:
                await application(scope, receive, _noting(span, scope, send))

        return traced

    def database(self, database: Database) -> Database:
        """The database, with a span for each transaction."""
        return cast("Database", _TracedDatabase(database, self))

    async def stop(self) -> None:
        """Send what is left, if that can be done soon."""
        # A thread of its own: the loop would wait at its end for one of its own.
        last = Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        for _ in range(round(_LAST_SECONDS / 0.05)):
            if not last.is_alive():
                return
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def transaction(
        self, name: str, told: dict[str, str], opened: AbstractAsyncContextManager[_Opened]
    ) -> AsyncIterator[_Opened]:
        """What is opened, in a span of this name."""
        with self._span(name, None, SpanKind.CLIENT) as span:
            span.set_attributes(told)
            async with opened as connection:
                yield connection

    @contextmanager
    def _span(self, name: str, within: Context | None, kind: SpanKind) -> Iterator[Span]:
        started = self._tracer.start_as_current_span(
            name, within, kind, record_exception=False, set_status_on_exception=False
        )
        with started as span:
            try:
                yield span
            except BaseException as error:
                # Its name alone: what it says may hold what somebody told.
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise


def _resource() -> Resource:
    resource = Resource.create({SERVICE_VERSION: __version__})
    if str(resource.attributes.get(SERVICE_NAME, "unknown")).startswith("unknown"):
        return resource.merge(Resource({SERVICE_NAME: "rollbook"}))
    return resource


def _context_of(scope: Scope) -> Context:
    """The trace of whoever asks; a new one where they tell of none. What else they tell is left."""
    told = header(scope, _TRACEPARENT.encode())
    carrier = {_TRACEPARENT: told} if told else {}
    return TraceContextTextMapPropagator().extract(carrier, Context())


def _noting(span: Span, scope: Scope, send: Send) -> Send:
    """The same `send`, which notes of the answer what may be told."""

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            _note(span, scope, message)
        await send(message)

    return noting


def _note(span: Span, scope: Scope, message: Any) -> None:
    status, method = message["status"], method_of(scope)
    route = scope.get("path_template") or "none"
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": str(route),
            "http.response.status_code": status,
            "rollbook.request_id": _id_in(message),
        }
    )
    if status >= 500:
        span.set_attribute("error.type", str(status))
        span.set_status(Status(StatusCode.ERROR))


def _id_in(message: Any) -> str:
    ids = (value for name, value in message["headers"] if name.lower() == _REQUEST_ID)
    return next((value.decode("latin-1") for value in ids), "")


class _TracedDatabase:
    """A database whose transactions are spans; all else of it is as it is."""

    def __init__(self, database: Database, traces: Traces) -> None:
        self._database = database
        self._traces = traces
        self._told = {"db.system.name": _SYSTEMS[database.dialect]}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def reading(self) -> AbstractAsyncContextManager[Reading]:
        return self._traces.transaction("reading", self._told, self._database.reading())

    def snapshot(self, lane: Lane = "background") -> AbstractAsyncContextManager[Snapshot]:
        told = self._told | {"rollbook.lane": lane}
        return self._traces.transaction("snapshot", told, self._database.snapshot(lane))

    def writing(self, lock_seconds: float | None = None) -> AbstractAsyncContextManager[Writing]:
        opened = self._database.writing(lock_seconds)
        return self._traces.transaction("writing", self._told, opened)
