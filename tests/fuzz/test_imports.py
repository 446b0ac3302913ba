"""Importers into a ledger: what was read goes in, and sessions are what its events tell."""

import asyncio
import io
from contextlib import suppress
from pathlib import Path

from fuzz.files import File, text_file
from fuzz.hunt import Hunt
from server.process import run
from support.settings import settings_of

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import PresenceFact
from rollbook.domain.ids import OrgId
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.ingest.importing import import_rows, new_import
from rollbook.service.organizations.keys import create_organization
from rollbook.service.organizations.sources import ensure_source
from rollbook.sources.files import FORMATS, HEAD, format_of
from rollbook.sources.files.rows import ImportedSession
from rollbook.stores import Stores, clock, opened_stores


def test_imports_into_a_ledger(hunt: Hunt, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with asyncio.Runner() as runner:
        opened = opened_stores(settings_of(url), make=True)
        stores = runner.run(opened.__aenter__())
        source = runner.run(_source(stores))
        try:
            hunt.through(text_file, lambda file: runner.run(_take_in(stores, source, file)))
        finally:
            runner.run(opened.__aexit__(None, None, None))
    run(url, "ledger", "verify", "--org", source.org_id)


async def _source(stores: Stores) -> Source:
    made, _ = await create_organization(stores.organizations, "Riverside", "UTC", clock())
    org_id: OrgId = made.org_id
    return await ensure_source(stores.organizations, org_id, OwnKind.IMPORT, None, clock())


async def _take_in(stores: Stores, source: Source, file: File) -> None:
    rows: list[tuple[PresenceFact, ...]] = []
    with suppress(InvalidInput):
        rows += _rows(file)
    record = new_import(source, file.name, "csv", clock())
    total = 0
    async for count in import_rows(stores.ledger, source, rows, record):
        total = count.rows
    assert total == len(rows)


def _rows(file: File) -> list[tuple[PresenceFact, ...]]:
    head = file.content[:HEAD]
    form = format_of(file.name, head, file.options.encoding, file.form)
    return [
        (row.joined,) if row.left is None else (row.joined, row.left)
        for row in FORMATS[form](io.BytesIO(file.content), file.options)
        if isinstance(row, ImportedSession)
    ]
