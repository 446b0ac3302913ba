"""Tables as files that are made in threads, while their rows come from the database."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.table import Table
from rollbook.formats.csv_lines import csv_chunks, more_csv_chunks
from rollbook.formats.xlsx import WorkbookFile
from rollbook.web.http.spool import Chunk
from rollbook.web.http.streaming import made_in_a_thread
from rollbook.web.http.threads import in_a_thread


async def workbook_of_parts(
    tables: AsyncGenerator[Table, None], zone: ZoneInfo
) -> AsyncGenerator[Chunk, None]:
    """A workbook of tables; parts of one of the same name follow each other."""
    with TemporaryDirectory() as folder, WorkbookFile(Path(folder), zone) as book:
        async with aclosing(tables):
            async for table in tables:
                await in_a_thread(book.write, table)
        async for chunk in made_in_a_thread(book.chunks()):
            yield chunk


async def csv_of_parts(
    tables: AsyncGenerator[Table, None], form: CsvForm, zone: ZoneInfo | None = None
) -> AsyncGenerator[Chunk, None]:
    """One table that comes in parts; its instants as on the wall in `zone`, else in UTC."""
    lines = csv_chunks
    async with aclosing(tables):
        async for table in tables:
            async for chunk in made_in_a_thread(lines(table, form, zone)):
                yield chunk
            lines = more_csv_chunks
