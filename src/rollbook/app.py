"""The composition root: settings to store, use cases and ASGI application."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from litestar import Litestar

from rollbook.domain.limits import Limits
from rollbook.domain.sources import Source
from rollbook.loggers import structlog
from rollbook.logs import configure_logging, tell_of_deed
from rollbook.metrics import Metrics
from rollbook.service.ingest.group_commit import GroupCommit
from rollbook.service.ingest.readiness import Readiness
from rollbook.service.organizations.attempts import Attempts
from rollbook.service.organizations.key_uses import KeyUses
from rollbook.service.organizations.keys import KnownKeys
from rollbook.service.organizations.limits import IntakeMeter, KnownLimits, RequestLimits
from rollbook.service.organizations.sources import KnownSources
from rollbook.service.platforms import Listing, PlatformRooms
from rollbook.service.reports.live import RightNow
from rollbook.service.reports.room import RoomSources
from rollbook.service.upkeep.erasing import Erasing
from rollbook.service.upkeep.lease import Lease
from rollbook.service.upkeep.loop import UpkeepLoop
from rollbook.service.upkeep.ports import RoundOutcome
from rollbook.service.upkeep.round import LOOK_SECONDS, Upkeep
from rollbook.settings import Settings, read_settings
from rollbook.sources.table import SOURCE_KINDS
from rollbook.store.engine import schema
from rollbook.store.engine.replica import Standing
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.store.rosters import DatabaseRosters
from rollbook.store.schedules import DatabaseSchedules
from rollbook.stores import Stores, clock, steady_clock, stores_for
from rollbook.web.http.access_log import NoteAccess, access_log
from rollbook.web.http.clients import Proxies
from rollbook.web.http.gate import Gate
from rollbook.web.http.refusals import Refusals
from rollbook.web.http.services import Services
from rollbook.web.http.uploads import Uploads
from rollbook.web.routes import web_application

if TYPE_CHECKING:
    from rollbook.tracing import Traces


class _LiveKitRooms:
    """Asks LiveKit through its SDK, which is loaded with the first question, and beside other work.

    That takes half a second and much memory, and few processes ever ask.
    """

    async def listing(self, source: Source, server_url: str) -> Listing:
        rooms = await asyncio.to_thread(_livekit_rooms)
        return await rooms.listing(source, server_url)


def _livekit_rooms() -> PlatformRooms:
    from rollbook.sources.livekit.rooms import LiveKitRooms  # noqa: PLC0415 - see above

    return LiveKitRooms()


def upkeep_loop_for(
    settings: Settings, stores: Stores, count: Callable[[RoundOutcome], None]
) -> UpkeepLoop:
    """The background work of a service: of all that share the database, one at a time does it."""
    every = settings.upkeep_seconds
    # Long enough for two rounds and a platform's slow answer, so that no work is cut short.
    lasts_ms = (2 * every + LOOK_SECONDS) * 1000
    upkeep = Upkeep(
        stores.upkeep,
        stores.retention,
        stores.audit,
        settings.audit_days,
        stores.users,
        stores.shared_links,
        stores.ledger,
        stores.organizations,
        stores.ledger,
        SOURCE_KINDS,
        {"livekit": _LiveKitRooms()},
        Lease(stores.upkeep, "upkeep", secrets.token_hex(8), lasts_ms, clock),
        structlog.get_logger(),
        clock,
        steady_clock,
    )
    return UpkeepLoop(upkeep, every, count)


def _tell_of_replica(standing: Standing) -> None:
    log = structlog.get_logger()
    tell = log.info if standing == "fresh" else log.warning
    tell("the replica that is read from", replica=standing)


def _page_services(
    stores: Stores,
    overviews: DatabaseOverviews,
    attempts: Attempts,
    uploads: Uploads,
    within: frozenset[str],
) -> Callable[[], object]:
    """What the pages work with, put together when it is first asked for: no answer of the API needs it."""

    @cache
    def put_together() -> object:
        from rollbook.pages import page_services  # noqa: PLC0415 - see above

        return page_services(stores, overviews, attempts, uploads, within)

    return put_together


def _readiness_of(stores: Stores, group_commit: GroupCommit) -> Callable[[], Awaitable[str | None]]:
    """What raises where the service cannot work, and answers how its replica stands."""
    readiness = Readiness(group_commit, stores.upkeep.prove_writable)

    async def check_ready() -> str | None:
        await schema.require_usable(stores.database)
        await readiness.require()
        return None if stores.replica is None else stores.replica.state.standing

    return check_ready


def _room_sources(stores: Stores, overviews: DatabaseOverviews) -> RoomSources:
    rosters, schedules = DatabaseRosters(stores.database), DatabaseSchedules(stores.database)
    return RoomSources(overviews, rosters, schedules, stores.sayings)


def services_for(
    settings: Settings,
    stores: Stores,
    group_commit: GroupCommit,
    metrics: Metrics,
    uploads: Uploads,
    key_uses: KeyUses,
) -> Services:
    """What the handlers work with."""
    # One count for both ways in: who tries keys at the one has tried them at the other.
    attempts, proxies = Attempts(), Proxies(settings.trusted_proxies)
    known_limits = KnownLimits(stores.limits, Limits(settings.requests_per_second))
    request_limits = RequestLimits(stores.limits, known_limits)
    overviews = DatabaseOverviews(stores.readable)
    return Services(
        stores.reports,
        stores.ledger,
        stores.organizations,
        stores.audit,
        tell_of_deed,
        settings.audit_days,
        stores.history,
        stores.sessions,
        stores.dossiers,
        Erasing(stores.ledger, stores.organizations, SOURCE_KINDS),
        _room_sources(stores, overviews),
        RightNow(overviews),
        Gate(KnownKeys(stores.organizations, key_uses), attempts, proxies, request_limits),
        KnownSources(stores.organizations),
        SOURCE_KINDS,
        group_commit,
        IntakeMeter(stores.limits, known_limits),
        request_limits,
        _readiness_of(stores, group_commit),
        clock,
        settings.public_url,
        proxies,
        Refusals(),
        _page_services(stores, overviews, attempts, uploads, settings.providers_within),
        metrics.exposition,
        settings.metrics_token,
    )


def _counted(settings: Settings, stores: Stores) -> tuple[Metrics, GroupCommit]:
    """What a worker counts, and what it counts most: the groups of events that it commits."""
    metrics = Metrics(
        stores.database,
        clock,
        lambda: group_commit.waiting_events,
        settings.metrics_folder,
        stores.replica,
    )
    group_commit = GroupCommit(stores.ledger, metrics)
    return metrics, group_commit


def create_app() -> Litestar:
    """The ASGI application, as a server's worker process makes it."""
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    traces = _traces() if settings.traces else None
    stores = stores_for(settings, traces.database if traces else None, tell_of_deed)
    metrics, group_commit = _counted(settings, stores)
    uploads = Uploads(clock)
    key_uses = KeyUses(stores.users, clock)
    services = services_for(settings, stores, group_commit, metrics, uploads, key_uses)
    upkeep_loop = upkeep_loop_for(settings, stores, metrics.round_ended)

    async def open_database() -> None:
        await stores.database.open()
        # `serve` has upgraded it. What is not there any more is made by no worker.
        await schema.require_usable(stores.database)
        if stores.replica is not None:
            await stores.replica.start(_tell_of_replica)

    async def close_database() -> None:
        services.refusals.tell_all()
        await group_commit.drain()
        if stores.replica is not None:
            await stores.replica.stop()
        await stores.database.close()

    application = web_application(
        services,
        metrics.request,
        [open_database, upkeep_loop.start, metrics.start, uploads.start, key_uses.start],
        [key_uses.stop, uploads.stop, metrics.stop, upkeep_loop.stop, close_database]
        + ([traces.stop] if traces else []),
        settings.silence_seconds,
        _access_log(settings, services.proxies),
    )
    application.state.load_the_rest = partial(_load_the_rest, application)
    if traces:
        application.asgi_handler = traces.requests(application.asgi_handler)
    return application


async def _load_the_rest(application: Litestar) -> None:
    """What is asked for less often, before the first who do would have to wait for it."""
    await application.state.pages.made()
    await asyncio.to_thread(_load_livekit_tokens)


def _load_livekit_tokens() -> None:
    from rollbook.sources.livekit import tokens  # noqa: F401, PLC0415 - see above


def _access_log(settings: Settings, proxies: Proxies) -> NoteAccess | None:
    form = settings.access_log
    return None if form == "off" else access_log(form, proxies, clock)


def _traces() -> "Traces | None":
    """Loaded where traces are wanted alone; who has not the extra is told so, and served."""
    try:
        from rollbook.tracing import Traces  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        log = structlog.get_logger()
        log.warning("traces are wanted, but rollbook[otel] is not installed", missing=error.name)
        return None
    return Traces()
