"""Opens transactions that change sessions."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from rollbook.domain.retention import Addresses
from rollbook.service.ingest.ports import (
    ErasingTransaction,
    FileImport,
    ImportTransaction,
    LedgerTransaction,
)
from rollbook.store.engine.database import PATIENT_SECONDS, Database, Writing
from rollbook.store.erased import pseudonyms_of
from rollbook.store.ingest.erasing import PersonTransaction
from rollbook.store.ingest.imports import FileTransaction
from rollbook.store.ingest.transaction import Held, Transaction


class DatabaseLedger:
    """Opens transactions on an organization's ledger (ports.Ledger)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self, org_id: str) -> AsyncIterator[LedgerTransaction]:
        async with self.transactions((org_id,)) as held:
            yield held[org_id]

    @asynccontextmanager
    async def importing(self, org_id: str) -> AsyncIterator[ImportTransaction]:
        async with self._database.writing(PATIENT_SECONDS) as connection:
            yield FileTransaction(connection, await _hold(connection, org_id))

    @asynccontextmanager
    async def erasing(self, org_id: str) -> AsyncIterator[ErasingTransaction]:
        async with self._database.writing(PATIENT_SECONDS) as connection:
            yield PersonTransaction(connection, await _hold(connection, org_id))

    async def imports(self, org_id: str) -> list[FileImport]:
        async with self._database.reading() as connection:
            rows = await connection.fetch("file_imports", {"org_id": org_id})
        return [FileImport(*row) for row in rows]

    async def latest_imports(self, org_id: str, most: int) -> list[FileImport]:
        async with self._database.reading() as connection:
            rows = await connection.fetch("latest_imports", {"org_id": org_id, "most": most})
        return [FileImport(*row) for row in rows]

    @asynccontextmanager
    async def transactions(
        self, org_ids: Collection[str], lock_seconds: float | None = None
    ) -> AsyncIterator[Mapping[str, LedgerTransaction]]:
        async with self._database.writing(lock_seconds) as connection:
            # Always in the same order: two that want the same organizations cannot deadlock.
            yield {
                org_id: Transaction(connection, await _hold(connection, org_id))
                for org_id in sorted(org_ids)
            }


async def _hold(connection: Writing, org_id: str) -> Held:
    """Hold an organization until the transaction ends."""
    rows = await connection.fetch("hold_organization", {"org_id": org_id})
    if not rows:
        return Held(org_id)
    _, seconds, addresses_until, key, kept, agents_until = rows[0]
    lasts = seconds * 1000 if seconds else None
    return Held(
        org_id, lasts, addresses_until, pseudonyms_of(key), Addresses(kept or 0), agents_until
    )
