"""The stores of the configured database, and the clock."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rollbook.domain.audit import Entry
from rollbook.domain.errors import Conflict, InvalidInput, SchemaOutdated, StoreUnavailable
from rollbook.domain.values import value
from rollbook.secret_keys import SecretKeys, secret_keys_for
from rollbook.service.organizations.secrets import reseal, seals
from rollbook.service.reports.alike import differing_report
from rollbook.settings import Settings
from rollbook.store import copying
from rollbook.store.audit import DatabaseAudit, Tell
from rollbook.store.engine import schema
from rollbook.store.engine.database import Database, Distribution, Readable
from rollbook.store.engine.moves import Move
from rollbook.store.engine.opening import database_for, replica_for
from rollbook.store.engine.replica import Replica, ReplicaBounds
from rollbook.store.engine.sqlite_file import others_can_read
from rollbook.store.ingest.ledger import DatabaseLedger
from rollbook.store.limits import DatabaseLimits
from rollbook.store.organizations import DatabaseOrganizations
from rollbook.store.providers import DatabaseProviders
from rollbook.store.reports.dossier import DatabaseDossiers
from rollbook.store.reports.explain import DatabaseHistory
from rollbook.store.reports.participant import DatabaseReports
from rollbook.store.reports.sessions import DatabaseSessions
from rollbook.store.said import DatabaseSayings
from rollbook.store.sealing import Sealing
from rollbook.store.sharing import DatabaseSharedLinks
from rollbook.store.upkeep.deleting import DatabaseDeletions
from rollbook.store.upkeep.rebuild import DatabaseEvidence
from rollbook.store.upkeep.retention import DatabaseRetention
from rollbook.store.upkeep.round import DatabaseUpkeep
from rollbook.store.users import DatabaseUsers


def clock() -> int:
    """The present, in milliseconds UTC: the only clock of the program."""
    return time.time_ns() // 1_000_000


def steady_clock() -> int:
    """Milliseconds since whenever: nobody sets it, so it tells how long something took."""
    return time.monotonic_ns() // 1_000_000


@value
class Stores:
    """Everything that is kept in the database."""

    database: Database
    readable: Readable
    replica: Replica | None
    organizations: DatabaseOrganizations
    limits: DatabaseLimits
    reports: DatabaseReports
    ledger: DatabaseLedger
    history: DatabaseHistory
    sessions: DatabaseSessions
    dossiers: DatabaseDossiers
    sayings: DatabaseSayings
    upkeep: DatabaseUpkeep
    retention: DatabaseRetention
    evidence: DatabaseEvidence
    audit: DatabaseAudit
    keys: SecretKeys
    deletions: DatabaseDeletions
    users: DatabaseUsers
    providers: DatabaseProviders
    shared_links: DatabaseSharedLinks


def _tell_nobody(entry: Entry) -> None:
    """A command says itself what it did."""


def stores_for(
    settings: Settings,
    around: Callable[[Database], Database] | None = None,
    tell: Tell = _tell_nobody,
) -> Stores:
    """The stores of the configured database; nothing is opened yet. `around` is put around it.

    `tell` is called with all that is done, once that is committed.
    """
    database = _database(settings)
    if around:
        database = around(database)
    return _stores_on(database, secret_keys_for(settings), _replica(settings, database), tell)


def _stores_on(
    database: Database, keys: SecretKeys, replica: Replica | None = None, tell: Tell = _tell_nobody
) -> Stores:
    # Until it has been started, a replica reads from the ledger itself; commands start none.
    readable = replica or database
    return Stores(
        database,
        readable,
        replica,
        DatabaseOrganizations(database, Sealing(keys), clock, tell),
        DatabaseLimits(database),
        DatabaseReports(readable),
        DatabaseLedger(database),
        DatabaseHistory(database),
        DatabaseSessions(readable),
        DatabaseDossiers(database),
        DatabaseSayings(database),
        DatabaseUpkeep(database),
        DatabaseRetention(database),
        DatabaseEvidence(database),
        DatabaseAudit(database, tell),
        keys,
        DatabaseDeletions(database),
        DatabaseUsers(database),
        DatabaseProviders(database, Sealing(keys)),
        DatabaseSharedLinks(database),
    )


@asynccontextmanager
async def opened_stores(settings: Settings, *, make: bool = False) -> AsyncIterator[Stores]:
    """The stores with an open database of the right schema, for a command.

    Raises SchemaOutdated and StoreUnavailable. With `make` an embedded database that is not there
    is made on the way; whoever only reads would make one by mistake.
    """
    stores = stores_for(settings)
    await stores.database.open(make=make)
    try:
        await bring_up_to_date(settings, stores.database, make=make)
        yield stores
    finally:
        await stores.database.close()


@value
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


def _replica(settings: Settings, database: Database) -> Replica | None:
    if not settings.read_database_url:
        return None
    bounds = ReplicaBounds(settings.read_staleness_seconds, settings.read_scope == "all")
    return replica_for(database, settings.read_database_url, bounds, clock)


async def bring_up_to_date(
    settings: Settings, database: Database, *, make: bool = False
) -> schema.Standing:
    """Upgrade an embedded database; require one that this program can work with of any other.

    Raises StoreUnavailable for a file without anything in it, unless `make` allows to begin there.
    """
    if settings.embedded:
        if not make and not await schema.applied_versions(database):
            raise StoreUnavailable(f"{database.place} holds no ledger; `rollbook serve` makes one")
        await schema.upgrade(database, clock())
    return await schema.require_usable(database)


async def make_secrets_ready(settings: Settings, database: Database) -> int:
    """See that the ledger's secret key is here, and seal what is not sealed yet in an embedded ledger.

    Answers of how many sources the secrets are not sealed then: beside services of before, which could
    not read them, that is done when somebody says so. Raises SecretKeyMissing.
    """
    stores = _stores_on(database, secret_keys_for(settings))
    organizations = stores.organizations
    if await organizations.sealing_key() is None:
        # The ledger names it with its first secret: one that is empty is moved to as if it were new.
        stores.keys.make()
    else:
        await organizations.settle_key()
    if settings.embedded and await seals(organizations):
        await reseal(organizations)
    return (await seals(organizations)).get(None, 0)


async def damage(settings: Settings, *, thorough: bool = False) -> Sequence[str]:
    """What is wrong inside the configured database, in words; nothing where it is not there yet."""
    database = _database(settings)
    if not await database.exists():
        return []
    return await database.examine(thorough=thorough)


def files_open_to_others(settings: Settings) -> Sequence[Path]:
    """Files of the ledger, and of its keys, that any user of the system can read."""
    keys = settings.secret_key_file
    of_keys = [keys] if keys is not None and others_can_read(keys) else []
    return [*_database(settings).open_to_others(), *of_keys]


@value
class SecretsState:
    """How the secrets of sources are kept.

    The names of the key that seals and of those that are needed and not here, and of how many sources
    the secrets are not sealed yet.
    """

    key: str | None
    missing: Sequence[str]
    not_sealed: int


async def secrets_state(settings: Settings) -> SecretsState:
    """The state of the secrets in a database that this program can work with; changes nothing."""
    stores = stores_for(settings)
    await stores.database.open()
    try:
        key, count = await stores.organizations.sealing_key(), await seals(stores.organizations)
    finally:
        await stores.database.close()
    needed = {name for name in (key, *count) if name is not None}
    missing = sorted(name for name in needed if stores.keys.named(name) is None)
    return SecretsState(key, missing, count.get(None, 0))


async def back_up(settings: Settings, target: Path) -> str:
    """Copy an embedded database beside whoever uses it; answers of what that is a copy."""
    async with opened_stores(settings) as stores:
        await stores.database.back_up(target)
        return stores.database.place


async def restore(settings: Settings, source: Path) -> tuple[str, Path | None]:
    """Put a backup in the place of an embedded database.

    Answers that place, and where that is kept which was there.
    """
    database = _database(settings)
    return database.place, await database.restore(source, _require_a_ledger)


async def _require_a_ledger(copy: Database) -> None:
    """Raises InvalidInput unless the schema is one that this program can work with, or upgrade."""
    await copy.open()
    try:
        standing = await schema.standing(copy)
    finally:
        await copy.close()
    if not standing.applied:
        raise InvalidInput("that holds no ledger")
    if standing.barred:
        raise SchemaOutdated(standing.barred)


async def copy_to(settings: Settings, url: str, tell: copying.Tell) -> copying.Copied:
    """Move the configured ledger to another database: all of it is there then, and compared.

    Raises Conflict where that one holds something else, or does not hold the same in the end.
    """
    source, target = _database(settings), database_for(url)
    await source.open()
    try:
        standing = await schema.standing(source)
        if standing.move is None:
            standing = await bring_up_to_date(settings, source)
        if standing.newer or standing.pending:
            raise Conflict("a ledger is moved by the program that has its schema")
        move = await copying.prepare(source, target, clock())
        copied = await copying.copy(source, target, tell)
        await copying.compare(source, target, tell)
        keys = secret_keys_for(settings)
        await _require_alike(_stores_on(source, keys), _stores_on(target, keys))
        await copying.finish(source, target, move, clock())
    finally:
        await target.close()
        await source.close()
    return copied


async def _require_alike(stores: Stores, others: Stores) -> None:
    """Raises Conflict where one ledger reports otherwise than another."""
    now = clock()
    for organization in await stores.organizations.organizations():
        differing = await differing_report(
            organization,
            (stores.reports, stores.sessions),
            (others.reports, others.sessions),
            now,
        )
        if differing:
            raise Conflict(f"the copy tells {differing} of {organization.org_id} differently")


async def distribute(settings: Settings, *, only_look: bool = False) -> Distribution:
    """Spread the configured database over its machines; with `only_look` only say what that does."""
    database = _database(settings)
    await database.open()
    try:
        await schema.require_usable(database)
        done = await database.distribute(only_look=only_look)
        if done.newly and not only_look:
            await database.take_stock()
        return done
    finally:
        await database.close()


async def release(settings: Settings) -> Move:
    """Let the configured ledger take writes again that was, or is being, moved away."""
    database = _database(settings)
    await database.open()
    try:
        return await copying.release(database)
    finally:
        await database.close()
