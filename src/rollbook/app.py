"""The composition root: settings to store, use cases and ASGI application."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from litestar import Litestar

from rollbook.domain.organizations import Source
from rollbook.logs import configure_logging
from rollbook.service.caretaker import Caretaker
from rollbook.service.dashboard.visitors import Visitors
from rollbook.service.group_commit import GroupCommit
from rollbook.service.lease import Lease
from rollbook.service.organizations import KnownKeys
from rollbook.service.sources import KnownSources
from rollbook.service.upkeep import LOOK_SECONDS, Upkeep
from rollbook.service.upkeep_ports import Listing, PlatformRooms
from rollbook.settings import Settings, read_settings
from rollbook.sources.table import SOURCE_KINDS
from rollbook.store import schema
from rollbook.store.browsing import DatabaseBrowsing
from rollbook.store.database import Database, database_for
from rollbook.store.evidence import DatabaseEvidence
from rollbook.store.history import DatabaseHistory
from rollbook.store.ledger import DatabaseLedger
from rollbook.store.organizations import DatabaseOrganizations
from rollbook.store.reports import DatabaseReports
from rollbook.store.retention import DatabaseRetention
from rollbook.store.upkeep import DatabaseUpkeep
from rollbook.web.dashboard.desk import Desk
from rollbook.web.dashboard.seal import Seal
from rollbook.web.routes import web_application
from rollbook.web.services import Services


def clock() -> int:
    """The present, in milliseconds UTC: the only clock of the program."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that is kept in the database."""

    database: Database
    organizations: DatabaseOrganizations
    reports: DatabaseReports
    ledger: DatabaseLedger
    history: DatabaseHistory
    upkeep: DatabaseUpkeep
    retention: DatabaseRetention
    evidence: DatabaseEvidence


def stores_for(settings: Settings) -> Stores:
    """The stores of the configured database; nothing is opened yet."""
    database = database_for(settings.database_url)
    return Stores(
        database,
        DatabaseOrganizations(database),
        DatabaseReports(database),
        DatabaseLedger(database),
        DatabaseHistory(database),
        DatabaseUpkeep(database),
        DatabaseRetention(database),
        DatabaseEvidence(database),
    )


@asynccontextmanager
async def opened_stores(settings: Settings) -> AsyncIterator[Stores]:
    """The stores with an open database of the right schema, for a command.

    Raises SchemaOutdated and StoreUnavailable. A new embedded database is made on the way.
    """
    stores = stores_for(settings)
    await stores.database.open()
    try:
        await bring_up_to_date(settings, stores.database)
        yield stores
    finally:
        await stores.database.close()


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Which migrations a database has had, and which are to come."""

    dialect: str
    exists: bool
    applied: Sequence[int]
    pending: Sequence[int]


async def schema_state(settings: Settings) -> SchemaState:
    """The state of the configured database's schema; makes and changes nothing."""
    database = database_for(settings.database_url)
    if not await database.exists():
        versions = [migration.version for migration in schema.migrations()]
        return SchemaState(database.dialect, exists=False, applied=(), pending=versions)
    await database.open()
    try:
        applied = await schema.applied_versions(database)
        pending = [migration.version for migration in await schema.pending(database)]
    finally:
        await database.close()
    return SchemaState(database.dialect, exists=True, applied=applied, pending=pending)


async def bring_up_to_date(settings: Settings, database: Database) -> None:
    """Upgrade an embedded database; require the right schema of any other."""
    if settings.embedded:
        await schema.upgrade(database, clock())
    await schema.require_current(database)


class _LiveKitRooms:
    """Asks LiveKit through its SDK, which is loaded with the first question, and beside other work.

    That takes half a second and much memory, and few processes ever ask.
    """

    async def listing(self, source: Source, server_url: str) -> Listing:
        rooms = await asyncio.to_thread(_livekit_rooms)
        return await rooms.listing(source, server_url)


def _livekit_rooms() -> PlatformRooms:
    from rollbook.sources.livekit_rooms import LiveKitRooms  # noqa: PLC0415 - see above

    return LiveKitRooms()


def caretaker_for(settings: Settings, stores: Stores) -> Caretaker:
    """The background work of a service: of all that share the database, one at a time does it."""
    every = settings.upkeep_seconds
    # Long enough for two rounds and a platform's slow answer, so that no work is cut short.
    lasts_ms = (2 * every + LOOK_SECONDS) * 1000
    upkeep = Upkeep(
        stores.upkeep,
        stores.retention,
        stores.ledger,
        stores.organizations,
        SOURCE_KINDS,
        {"livekit": _LiveKitRooms()},
        Lease(stores.upkeep, "upkeep", secrets.token_hex(8), lasts_ms, clock),
        structlog.get_logger(),
        clock,
    )
    return Caretaker(upkeep, every)


def create_app() -> Litestar:
    """The ASGI application, as a server's worker process makes it."""
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    stores = stores_for(settings)
    group_commit = GroupCommit(stores.ledger)
    caretaker = caretaker_for(settings, stores)
    browsing = DatabaseBrowsing(stores.database)
    seal = Seal(browsing, settings.secret_key)

    async def open_database() -> None:
        await stores.database.open()
        await bring_up_to_date(settings, stores.database)

    async def close_database() -> None:
        await group_commit.drain()
        await stores.database.close()

    async def check_ready() -> None:
        await schema.require_current(stores.database)

    services = Services(
        stores.reports,
        stores.ledger,
        stores.organizations,
        stores.history,
        KnownKeys(stores.organizations),
        KnownSources(stores.organizations),
        SOURCE_KINDS,
        group_commit,
        check_ready,
        clock,
        Desk(browsing, stores.retention, Visitors(stores.organizations), seal),
    )
    return web_application(
        services, [open_database, caretaker.start], [caretaker.stop, close_database]
    )
