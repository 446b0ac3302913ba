"""The stores of the configured database, and the clock."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rollbook.settings import Settings
from rollbook.store.engine import schema
from rollbook.store.engine.database import Database
from rollbook.store.engine.opening import database_for
from rollbook.store.ingest.ledger import DatabaseLedger
from rollbook.store.limits import DatabaseLimits
from rollbook.store.organizations import DatabaseOrganizations
from rollbook.store.reports.explain import DatabaseHistory
from rollbook.store.reports.participant import DatabaseReports
from rollbook.store.reports.sessions import DatabaseSessions
from rollbook.store.upkeep.rebuild import DatabaseEvidence
from rollbook.store.upkeep.retention import DatabaseRetention
from rollbook.store.upkeep.round import DatabaseUpkeep


def clock() -> int:
    """The present, in milliseconds UTC: the only clock of the program."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that is kept in the database."""

    database: Database
    organizations: DatabaseOrganizations
    limits: DatabaseLimits
    reports: DatabaseReports
    ledger: DatabaseLedger
    history: DatabaseHistory
    sessions: DatabaseSessions
    upkeep: DatabaseUpkeep
    retention: DatabaseRetention
    evidence: DatabaseEvidence


def stores_for(settings: Settings) -> Stores:
    """The stores of the configured database; nothing is opened yet."""
    database = _database(settings)
    return Stores(
        database,
        DatabaseOrganizations(database),
        DatabaseLimits(database),
        DatabaseReports(database),
        DatabaseLedger(database),
        DatabaseHistory(database),
        DatabaseSessions(database),
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
    """How the configured database's schema stands to this program."""

    dialect: str
    place: str
    exists: bool
    standing: schema.Standing


async def schema_state(settings: Settings) -> SchemaState:
    """The state of the configured database's schema; makes and changes nothing."""
    database = _database(settings)
    if not await database.exists():
        return SchemaState(
            database.dialect, database.place, exists=False, standing=schema.of_no_database()
        )
    await database.open()
    try:
        standing = await schema.standing(database)
    finally:
        await database.close()
    return SchemaState(database.dialect, database.place, exists=True, standing=standing)


def _database(settings: Settings) -> Database:
    return database_for(settings.database_url, own_folder=settings.own_folder)


async def bring_up_to_date(settings: Settings, database: Database) -> schema.Standing:
    """Upgrade an embedded database; require one that this program can work with of any other."""
    if settings.embedded:
        await schema.upgrade(database, clock())
    return await schema.require_usable(database)
