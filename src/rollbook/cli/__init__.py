"""The command line: one file per command."""

import io
import sys

import click

from rollbook import __version__
from rollbook.cli.check import check
from rollbook.cli.db import db
from rollbook.cli.import_ import import_
from rollbook.cli.ledger import ledger
from rollbook.cli.org import org
from rollbook.cli.report import report
from rollbook.cli.running import Program
from rollbook.cli.serve import serve
from rollbook.cli.source import source
from rollbook.settings import SETTINGS

_SETTINGS_HELP = "\b\nSettings, from the environment:\n" + "\n".join(
    f"  {setting.name} (default {setting.default})" for setting in SETTINGS
)


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_SETTINGS_HELP,
)
@click.version_option(__version__, prog_name="rollbook")
def main() -> None:
    """Keep who was in which live room, when, for how long and at what cost.

    \b
    Exit codes:
      0  done
      1  it failed; standard error says why
      2  the command was called wrongly
      3  the import is done, but some rows could not be read
      130  interrupted
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot write a name shows its code, and no command fails for it.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


for command in (serve, org, source, import_, report, ledger, db, check):
    main.add_command(command)
