"""`rollbook serve`: the service."""

import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from rollbook import __version__
from rollbook.cli.running import command_body
from rollbook.domain.errors import InvalidInput
from rollbook.loggers import structlog
from rollbook.logs import configure_logging
from rollbook.server.door import Door, connections_possible, kept_port
from rollbook.server.workers import keep_working
from rollbook.settings import count_together_in, read_settings
from rollbook.stores import bring_up_to_date, make_secrets_ready, stores_for

log = structlog.get_logger()


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

    An embedded database is upgraded on the way; any other must be up to date already. A worker
    that dies is replaced. The service ends on SIGTERM or Ctrl-C, after the answers in flight have
    finished; who does not listen to them, or does not end a request, is waited for 3 seconds.

    \b
    Examples:
      rollbook serve
      rollbook serve --host 0.0.0.0 --port 80 --workers 4
    """
    with _kept_port(host, port) as kept, TemporaryDirectory(prefix="rollbook-metrics-") as folder:
        door, ledger = _prepare(kept.getsockname()[0], port)
        count_together_in(Path(folder))
        began = keep_working(door, kept, workers, lambda: _say_where(host, port, workers, ledger))
    if not began:
        log.error("a worker died before the service had started, so the service ends")
        raise SystemExit(1)


@command_body
async def _kept_port(host: str, port: int) -> socket.socket:
    """Raises InvalidInput where somebody has the port."""
    try:
        return kept_port(host, port)
    except OSError as error:
        raise InvalidInput(f"cannot listen on {_shown(host, port)}: {error.strerror}") from None


@command_body
async def _prepare(address: str, port: int) -> tuple[Door, str]:
    """Fail here, with one clear line, rather than in every worker.

    Answers how to listen, and which ledger is served.
    """
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    database = stores_for(settings).database
    await database.open(make=True)
    try:
        standing = await bring_up_to_date(settings, database, make=True)
        not_sealed = await make_secrets_ready(settings, database)
    finally:
        await database.close()
    if standing.newer:
        log.warning("the schema of the database is newer", usable_as=standing.usable_as)
    if not_sealed:
        log.warning(
            "secrets of sources are not sealed yet: run `rollbook secrets seal` once no older service runs",
            sources=not_sealed,
        )
    found = "new ledger made" if database.made else "ledger"
    connections = _connections(settings.max_connections)
    door = Door(address, port, connections, settings.silence_seconds)
    return door, f"{found}: {database.place}"


def _connections(wanted: int) -> int:
    possible = connections_possible(wanted)
    if possible < wanted:
        log.warning(
            "fewer connections than ROLLBOOK_MAX_CONNECTIONS: raise the limit of open files",
            connections_of_each_worker=possible,
        )
    return possible


def _say_where(host: str, port: int, workers: int, ledger: str) -> None:
    many = f"{workers} workers" if workers > 1 else "1 worker"
    url = f"http://{_shown(host, port)}"
    # Where it is, in a sentence for people; the form of the line is that of the log.
    where = f"Rollbook {__version__} listens on {url} ({many})"
    log.info(f"{where}; API reference at {url}/docs; {ledger}")  # noqa: G004 - nothing sorts by it


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
