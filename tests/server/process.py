"""The real `rollbook serve`, as a process that tests start, ask and stop."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
from support.settings import SECRET_KEY

ROLLBOOK = Path(sys.executable).with_name("rollbook")
SESSIONS = "/v1/participant/sessions"
PLAIN = {"Accept-Encoding": "identity"}
"""For whom a download is sent as it is, and so takes longer."""

_START_SECONDS = 60
_STOP_SECONDS = 60

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Spares every client the reading of the certificates of the world."""


def environment(database_url: str, **settings: str) -> dict[str, str]:
    """The environment of a process, with these settings of Rollbook and no others."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ROLLBOOK_")}
    return {
        **own,
        "ROLLBOOK_DATABASE_URL": database_url,
        "ROLLBOOK_SECRET_KEY": SECRET_KEY,
        **settings,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Service:
    """A service that runs: the process of `rollbook serve`, leader of a group of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, key: str | None = None) -> httpx.Client:
        headers = {} if key is None else {"VF-ORG-ID": key}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, verify=_NO_TLS)

    def ask(self, key: str | None, **body: Any) -> httpx.Response:
        """The answer to a request of the contract, on a connection of its own."""
        with self.client(key) as client:
            return client.post(SESSIONS, json=body)

    def readiness(self) -> int:
        """The status of `/readyz`."""
        with self.client() as client:
            return client.get("/readyz").status_code

    def wait_until_ready(self) -> None:
        until = time.monotonic() + _START_SECONDS
        # A worker answers a moment before the first process has said so.
        while not (self._answers() and " listens on " in self.said()):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        """Everything that the service printed and logged."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def processes(self) -> list[psutil.Process]:
        """The first process and its workers."""
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def memory(self) -> int:
        """Bytes that the processes hold in memory, all together."""
        held = 0
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                held += process.memory_info().rss
        return held

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell the service to stop; answers its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise

    def interrupt(self) -> None:
        """What Ctrl-C does on a terminal: the whole group is told, the workers too."""
        os.killpg(self.process.pid, signal.SIGINT)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, verify=_NO_TLS).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def serving(
    database_url: str,
    folder: Path,
    *options: str,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """A service that is ready. It is stopped at the end, where it still runs."""
    service = _ready(database_url, folder, options, settings or {})
    try:
        yield service
    finally:
        service.stop()
        # Where a test killed the first process alone, its workers are still there.
        with suppress(ProcessLookupError):
            os.killpg(service.process.pid, signal.SIGKILL)


def _ready(
    database_url: str, folder: Path, options: tuple[str, ...], settings: Mapping[str, str]
) -> Service:
    for _ in range(3):
        service = start(database_url, folder, *options, settings=settings)
        try:
            service.wait_until_ready()
        except AssertionError:
            service.stop()
            # Somebody may have taken the port between our look and the start.
            if "in use" not in service.said():
                raise
        else:
            return service
    message = "no port stays free"
    raise AssertionError(message)


def start(
    database_url: str,
    folder: Path,
    *options: str,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Service:
    """Start a service and wait for nothing."""
    chosen = port or free_port()
    log = folder / f"serve-{chosen}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [ROLLBOOK, "serve", "--port", str(chosen), *options],
            env=environment(database_url, **(settings or {})),
            cwd=folder,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Service(process, chosen, log)


def run(database_url: str, *arguments: str, settings: Mapping[str, str] | None = None) -> str:
    """What a command prints, once it has ended well."""
    done = subprocess.run(
        [ROLLBOOK, *arguments],
        env=environment(database_url, **(settings or {})),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    # Decoded here, as text mode would take the ends of CSV lines for others.
    return done.stdout.decode()
