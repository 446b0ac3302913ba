"""How far a long command is: a bar on a terminal, now and then a line elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import click

ROWS_PER_LINE = 100_000

Report = Callable[[int, int], None]
"""Called with how much is done, in bytes of a file or in rows, and the rows of it."""


class RowProgress:
    """Progress of several works one after another, each told by its name, in rows."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._shown: dict[str, Report] = {}

    def __enter__(self) -> "RowProgress":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show that so many of all rows are done."""
        if name not in self._shown:
            self._open.close()
            self._shown[name] = self._open.enter_context(progress_for(name, total, of_bytes=False))
        self._shown[name](done, done)


@contextmanager
def progress_for(name: str, total: int, *, of_bytes: bool = True) -> Iterator[Report]:
    """Show on standard error how far the reading of a file is, or some work on rows."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield _lines(name, total)
        return
    with _bar(name, total, of_bytes=of_bytes) as report:
        yield report


@contextmanager
def _bar(name: str, total: int, *, of_bytes: bool) -> Iterator[Report]:
    from rich import console, progress  # noqa: PLC0415 - only a terminal needs it

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn() if of_bytes else progress.TaskProgressColumn(),
        progress.TextColumn("{task.fields[rows]} rows"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console.Console(stderr=True)) as bar:
        task = bar.add_task(name, total=total, rows=0)

        def show(done: int, rows: int) -> None:
            bar.update(task, completed=done, rows=rows)

        yield show


def _lines(name: str, total: int) -> Report:
    shown = 0

    def show(done: int, rows: int) -> None:
        nonlocal shown
        if rows // ROWS_PER_LINE > shown:
            shown = rows // ROWS_PER_LINE
            percent = 100 * done // max(1, total)
            click.echo(f"{name}: {rows} rows, {percent} %", err=True)

    return show
