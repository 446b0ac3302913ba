"""How far a long command is: a bar on a terminal, now and then a line elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

ROWS_PER_LINE = 100_000

Report = Callable[[int, int], None]
"""Called with the bytes of the file and the rows that are done."""


@contextmanager
def progress_for(name: str, total_bytes: int) -> Iterator[Report]:
    """Show on standard error how far the reading of a file is."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(name, total_bytes)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=total_bytes, rows=0)

        def show(done_bytes: int, rows: int) -> None:
            bar.update(task, completed=done_bytes, rows=rows)

        yield show


def _lines(name: str, total_bytes: int) -> Report:
    shown = 0

    def show(done_bytes: int, rows: int) -> None:
        nonlocal shown
        if rows // ROWS_PER_LINE > shown:
            shown = rows // ROWS_PER_LINE
            percent = 100 * done_bytes // max(1, total_bytes)
            click.echo(f"{name}: {rows} rows, {percent} %", err=True)

    return show
