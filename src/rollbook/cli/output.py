"""How commands print and write: JSON, tables, text from outside, and files of their own."""

import json
import os
import stat
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console


def print_json(text: str) -> None:
    """Print JSON: always in UTF-8, whatever a terminal is set to."""
    click.echo(text.encode())


def console() -> "Console":
    """Where tables are printed: as wide as they are, for a cell that is cut is of no use."""
    from rich.console import Console  # noqa: PLC0415 - only who prints a table needs it

    return Console(width=1000, soft_wrap=True, highlight=False)


def open_for_owner(path: Path) -> TextIO:
    """A file to write into that its owner alone can read, also where it was there before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        with suppress(PermissionError):  # whose it is, may share it
            os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8")


def printable(text: object) -> str:
    """Text from outside, without the characters that would steer a terminal."""
    return "".join("\ufffd" if unicodedata.category(c) == "Cc" else c for c in str(text))


def print_rows(rows: Sequence[Mapping[str, object]], as_json: bool) -> None:
    """Rows as JSON, or as a table for people."""
    if as_json:
        print_json(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        click.echo("None.")
        return
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table(*rows[0], box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else printable(value) for value in row.values()))
    console().print(table, markup=False)
