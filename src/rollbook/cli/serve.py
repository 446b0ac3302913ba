"""`rollbook serve`: the service."""

import click
from granian.constants import Interfaces, Loops
from granian.server import Server

from rollbook import __version__
from rollbook.app import bring_up_to_date, stores_for
from rollbook.cli.running import command_body
from rollbook.logs import configure_logging
from rollbook.settings import Settings, read_settings

_STOP_SECONDS = 30
"""How long answers in flight may take to finish after the service was told to stop."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(min=1))
def serve(host: str, port: int, workers: int) -> None:
    """Serve the API. Listens on this machine only unless --host says otherwise.

    An embedded database is upgraded on the way; any other must be up to date already. The
    service ends on SIGTERM or Ctrl-C, after the answers in flight have finished.

    \b
    Examples:
      rollbook serve
      rollbook serve --host 0.0.0.0 --port 80 --workers 4
    """
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    _prepare(settings)
    server = Server(
        "rollbook.app:create_app",
        factory=True,
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        websockets=False,
        log_enabled=False,
        workers_kill_timeout=_STOP_SECONDS,
    )
    server.on_startup(lambda: _say_where(host, port, workers))
    server.serve()


@command_body
async def _prepare(settings: Settings) -> None:
    """Fail here, with one clear line, rather than in every worker."""
    database = stores_for(settings).database
    await database.open()
    try:
        await bring_up_to_date(settings, database)
    finally:
        await database.close()


def _say_where(host: str, port: int, workers: int) -> None:
    many = f"{workers} workers" if workers > 1 else "1 worker"
    where = f"[{host}]" if ":" in host else host
    click.echo(
        f"Rollbook {__version__} listens on http://{where}:{port} ({many}); "
        f"API reference at http://{where}:{port}/docs",
        err=True,
    )
