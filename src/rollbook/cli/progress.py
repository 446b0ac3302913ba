"""How far a long command is: a bar on a terminal, now and then a line elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

ROWS_PER_LINE = 100_000

Report = Callable[[int, int], None]
"""Called with the bytes of the file and the rows that are done."""


@contextmanager
def progress_for(name: str, total_bytes: int) -> Iterator[Report]:
    """Show on standard error how far the reading of a file is."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield _lines(name, total_bytes)
        return
    with _bar(name, total_bytes) as report:
        yield report


@contextmanager
def _bar(name: str, total_bytes: int) -> Iterator[Report]:
    from rich import console, progress  # noqa: PLC0415 - only a terminal needs it

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TextColumn("{task.fields[rows]} rows"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console.Console(stderr=True)) as bar:
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
