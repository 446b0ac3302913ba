"""How connections to PostgreSQL are made: to which host, with which types, and with which patience."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from rollbook.domain.errors import StoreUnavailable

OLDEST_POSTGRES = 14
"""The oldest major version that is promised."""

CONNECT_SECONDS = 5.0
"""How long making a connection may take, all hosts of the URL together."""

_LOCK = "2s"
"""How long a statement waits for what another transaction holds."""

_STILL_WRITING = "15s"
_STILL_READING = "5min"
"""How long a transaction may stand still before the server ends it: a process that was paused, or
whose link is dead, holds what it has no longer than that. Between two statements that write lie
milliseconds; who reads may wait for whoever takes the answer, and holds nobody up."""

_FOR_LONG_READS = {
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}
"""What a long read costs depends on its range, so it is planned for it; that is soon done. To compile
it would take as long as many of them do. And it has one processor, as others have a use for the rest
(docs/decisions/0062)."""

TAKES_WRITES, FOLLOWS = SessionAttribute.read_write, SessionAttribute.standby

_OF_CITUS = {"citus.override_table_visibility": "off"}
"""Citus hides the parts of tables from whoever lists tables, by a look at each of them for each type.
The driver asks for types once in every connection: for 700 parts that took 22 seconds instead of 0.1.
A server without Citus takes it for a setting of somebody else."""

_KEEPALIVE_SECONDS, _KEEPALIVE_EVERY, _KEEPALIVES = 15, 5, 3
"""A link is dead when it was silent for so long, and then did not answer so many questions."""

# timestamptz counts microseconds from 2000-01-01:
# https://www.postgresql.org/docs/current/datatype-datetime.html
EPOCH_2000_MS = 946_684_800_000


_NEXT_PLEASE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # such as one that takes no writes
)


class Hosts:
    """The hosts that a URL names, one of which is wanted; that one is asked first the next time."""

    def __init__(self, url: str, wanted: SessionAttribute = TAKES_WRITES) -> None:
        """Of several hosts one is `wanted`, unless the URL says which."""
        self._urls = _one_for_each_host(url)
        named = dict(parse_qsl(urlsplit(url).query))
        many = len(self._urls) > 1 or "," in named.get("host", "")
        # Of several, some only read: which ones changes when another takes over.
        self._kind = wanted if many and "target_session_attrs" not in named else None

    async def connect(self, *_: object, **options: Any) -> asyncpg.Connection:
        """A connection to the first host that answers and is wanted."""
        error: Exception | None = None
        options["timeout"] = CONNECT_SECONDS / len(self._urls)
        for url in tuple(self._urls):
            try:
                found: asyncpg.Connection = await asyncpg.connect(
                    url, target_session_attrs=self._kind, **options
                )
            except _NEXT_PLEASE as failed:
                error = failed
                self._urls.append(self._urls.pop(0))
            else:
                return found
        raise error or StoreUnavailable


def _one_for_each_host(url: str) -> list[str]:
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return [parts._replace(netloc=f"{user}{at}{host}").geturl() for host in hosts.split(",")]


async def prepare(connection: asyncpg.Connection) -> None:
    """Make a connection speak the domain's types. Raises StoreUnavailable for too old a server."""
    major = connection.get_server_version().major
    if major < OLDEST_POSTGRES:
        message = f"PostgreSQL {OLDEST_POSTGRES} or newer is needed, this is {major}"
        raise StoreUnavailable(message)
    await _set_codecs(connection)


_PLAN_BY_KEYS = """
    SELECT set_config('enable_seqscan', 'off', false),
        set_config('plan_cache_mode', CASE WHEN EXISTS (
            SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus'
        ) THEN 'auto' ELSE 'force_generic_plan' END, false)
"""
"""Short statements look things up by keys, and the server is not to think that it knows better. Of an
organization that came after its statistics it believes that there is nothing, and takes any index
that begins with the organization: each row of it is then compared with each id of a group. A plan
for any organization has no such mistake in it, nor one made before a table grew. Citus alone needs
to know the values: to which machine they lead (docs/decisions/0036)."""


async def prepare_to_write(connection: asyncpg.Connection) -> None:
    """The same for short work, that others may wait for."""
    await prepare(connection)
    await _limit(connection, {"lock_timeout": _LOCK}, _STILL_WRITING)
    await connection.execute(_PLAN_BY_KEYS)


async def prepare_to_read(connection: asyncpg.Connection) -> None:
    """The same for long reads, that nobody waits for."""
    await prepare(connection)
    await _limit(connection, _FOR_LONG_READS, _STILL_READING)


async def _limit(connection: asyncpg.Connection, limits: dict[str, str], still: str) -> None:
    # Not when connecting: a pooler in between knows few settings there, and refuses the others.
    limits = (
        limits
        | {
            "idle_in_transaction_session_timeout": still,
            "tcp_keepalives_idle": str(_KEEPALIVE_SECONDS),
            "tcp_keepalives_interval": str(_KEEPALIVE_EVERY),
            "tcp_keepalives_count": str(_KEEPALIVES),
        }
        | _OF_CITUS
    )
    calls = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in limits.items())
    await connection.execute(f"SELECT {calls}")
    _keep_alive(connection)


def _keep_alive(connection: asyncpg.Connection) -> None:
    """Let this end find out about a dead link too; the driver has no setting for it."""
    transport: asyncio.Transport | None = getattr(connection, "_transport", None)
    link = transport.get_extra_info("socket") if transport else None
    if link is None or link.family == socket.AF_UNIX:
        return
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _keepalive_options():
        if hasattr(socket, name):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _keepalive_options() -> Sequence[tuple[str, int]]:
    return (
        ("TCP_KEEPIDLE", _KEEPALIVE_SECONDS),
        ("TCP_KEEPINTVL", _KEEPALIVE_EVERY),
        ("TCP_KEEPCNT", _KEEPALIVES),
    )


async def _set_codecs(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        encoder=lambda instant: ((instant - EPOCH_2000_MS) * 1000,),
        decoder=lambda parts: parts[0] // 1000 + EPOCH_2000_MS,
        format="tuple",
    )
    # Months, days and microseconds; a statement's milliseconds have neither of the first two.
    await connection.set_type_codec(
        "interval",
        schema="pg_catalog",
        encoder=lambda milliseconds: (0, 0, milliseconds * 1000),
        decoder=lambda parts: parts[2] // 1000,
        format="tuple",
    )
    await connection.set_type_codec(
        "inet", schema="pg_catalog", encoder=str, decoder=plain_address, format="text"
    )


def plain_address(text: str) -> str:
    """An address as the domain writes it."""
    # PostgreSQL ends some IPv6 addresses in dots where the domain writes hexadecimal digits.
    return str(ip_address(text)) if ":" in text and "." in text else text
