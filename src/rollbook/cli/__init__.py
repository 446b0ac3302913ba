"""The command line: one file per command, loaded when it is called."""

import io
import sys

import click

from rollbook import __version__
from rollbook.cli.program import Commands, Entry, Program
from rollbook.settings import SETTINGS

_COMMANDS = {
    "serve": Entry("serve", "Serve the API."),
    "org": Entry("org", "Organizations and the keys (VF-ORG-ID) that open them."),
    "user": Entry("user", "People who sign in to an organization's pages, each with a role."),
    "source": Entry(
        "source",
        "Sources of events: platforms that deliver webhooks, and events of our own form.",
    ),
    "import": Entry("import_", "Import the sessions in FILE."),
    "session": Entry("session", "Sessions: correct what the evidence says of one."),
    "imports": Entry("imports", "Files that were imported, and their way out again."),
    "participant": Entry("participant", "People: all that is held of one, and erasing them."),
    "report": Entry("report", "Show the sessions of participant UID."),
    "ledger": Entry(
        "ledger", "Verify the sessions against the stored events, and rebuild them from there."
    ),
    "db": Entry(
        "db", "The database: its schema, whether it is sound, its backups, and its way to another."
    ),
    "secrets": Entry("secrets", "The secret key of the installation, and what is sealed with it."),
    "audit": Entry("audit", "Show who did what, as JSON lines."),
    "check": Entry("check", "Check the settings and the database without changing anything."),
}

_SETTINGS_HELP = "\b\nSettings, from the environment:\n" + "\n".join(
    f"  {setting.name} (default {setting.default})" for setting in SETTINGS
)


@click.group(
    cls=Program,
    commands=Commands(_COMMANDS),
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
