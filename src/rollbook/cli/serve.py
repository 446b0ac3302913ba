"""`rollbook serve`: the service."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from granian.constants import Interfaces, Loops
from granian.server import Server

from rollbook import __version__
from rollbook.cli.running import command_body
from rollbook.domain.errors import InvalidInput
from rollbook.logs import configure_logging
from rollbook.settings import count_together_in, read_settings
from rollbook.stores import bring_up_to_date, stores_for

_STOP_SECONDS = 30
"""How long answers in flight may take to finish after the service was told to stop."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Its port."
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Processes that share the port; about one for each core.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the API. Listens on this machine only unless --host says otherwise.

    An embedded database is upgraded on the way; any other must be up to date already. The
    service ends on SIGTERM or Ctrl-C, after the answers in flight have finished.

    \b
    Examples:
      rollbook serve
      rollbook serve --host 0.0.0.0 --port 80 --workers 4
    """
    address, ledger = _prepare(host, port)
    server = Server(
        "rollbook.app:create_app",
        factory=True,
        address=address,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        websockets=False,
        log_enabled=False,
        workers_kill_timeout=_STOP_SECONDS,
    )
    server.on_startup(lambda: _say_where(host, port, workers, ledger))
    with TemporaryDirectory(prefix="rollbook-metrics-") as folder, _ended_with_a_word():
        count_together_in(Path(folder))
        server.serve()


@contextmanager
def _ended_with_a_word() -> Iterator[None]:
    try:
        yield
    except SystemExit:
        # Granian says it in its own log, which is off.
        click.echo("rollbook: a worker process ended unexpectedly, so the service ends", err=True)
        raise


@command_body
async def _prepare(host: str, port: int) -> tuple[str, str]:
    """Fail here, with one clear line, rather than in every worker.

    Answers the address, and which ledger is served.
    """
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    address = _free_address(host, port)
    database = stores_for(settings).database
    await database.open(make=True)
    try:
        standing = await bring_up_to_date(settings, database, make=True)
    finally:
        await database.close()
    if standing.newer:
        click.echo(f"The schema of the database is {standing.usable_as}", err=True)
    found = "new ledger made" if database.made else "ledger"
    return address, f"{found}: {database.place}"


def _free_address(host: str, port: int) -> str:
    """The address that `host` names. Raises InvalidInput unless its `port` is free.

    The workers share the port (SO_REUSEPORT), and would share it with another Rollbook too.
    """
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        raise InvalidInput(f"cannot listen on {_shown(host, port)}: {error.strerror}") from None
    return str(where[0])


def _say_where(host: str, port: int, workers: int, ledger: str) -> None:
    many = f"{workers} workers" if workers > 1 else "1 worker"
    url = f"http://{_shown(host, port)}"
    click.echo(
        f"Rollbook {__version__} listens on {url} ({many}); API reference at {url}/docs; {ledger}",
        err=True,
    )


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
