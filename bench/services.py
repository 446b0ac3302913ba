"""Starting what is measured, each as it would run in production, and watching its processes."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it comes without types

from bench import ROOT
from bench.reference import TUNED_VARIABLE, URL_VARIABLE

ROLLBOOK = Path(sys.executable).with_name("rollbook")
_START_SECONDS = 60
_LOOK_SECONDS = 0.005
"""Between two looks whether a service answers: what that adds to a start must not show in its figure."""

_STOP_SECONDS = 60
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Probe:
    """What a service is asked until it answers 200; with a form it is a POST."""

    path: str = "/readyz"
    form: bytes | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A running service and all of its processes."""

    name: str
    port: int
    process: psutil.Process

    def memory(self) -> int:
        """Bytes of memory of its processes; what they share is counted once."""
        return int(sum(process.memory_full_info().pss for process in self._processes()))

    def largest_resident(self) -> int:
        """Bytes that are resident of its largest process, shared ones too."""
        return int(max(process.memory_info().rss for process in self._processes()))

    def cpu_seconds(self) -> float:
        """Processor time that its processes have used."""
        times = [process.cpu_times() for process in self._processes()]
        return float(sum(used.user + used.system for used in times))

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@dataclass(slots=True)
class MemoryWatch:
    """The most memory (bytes) of a service, looked at so seldom that looking costs it nothing."""

    service: Service
    most: int = 0
    _looked: float = 0.0

    def look(self) -> None:
        if time.perf_counter() - self._looked > _LOOK_SECONDS:
            self.most = max(self.most, self.service.memory())
            self._looked = time.perf_counter()


def rollbook_environment(database_url: str) -> Mapping[str, str]:
    """The environment in which Rollbook works on a database."""
    unlike_installed = ("ROLLBOOK_", "PYTHONDONTWRITEBYTECODE")
    others = {
        name: value for name, value in os.environ.items() if not name.startswith(unlike_installed)
    }
    return {**others, "ROLLBOOK_DATABASE_URL": database_url, "ROLLBOOK_SECRET_KEY": "k" * 32}


@contextmanager
def rollbook(
    name: str, database_url: str, workers: int, program: Path = ROLLBOOK
) -> Iterator[Service]:
    """A running Rollbook."""
    port = _free_port()
    command: list[str | Path] = [program, "serve", "--port", str(port), "--workers", str(workers)]
    with _running(name, port, command, rollbook_environment(database_url)) as service:
        yield service


@contextmanager
def reference(name: str, database_url: str, workers: int, *, tuned: bool) -> Iterator[Service]:
    """The running reference."""
    port = _free_port()
    command: list[str | Path] = [sys.executable, "-m", "bench.reference", str(port), str(workers)]
    environment = {**os.environ, URL_VARIABLE: database_url}
    if tuned:
        environment[TUNED_VARIABLE] = "yes"
    with _running(name, port, command, environment) as service:
        yield service


@contextmanager
def alone(name: str, database_url: str) -> Iterator[Service]:
    """A running Rollbook that commits each event alone."""
    port = _free_port()
    command: list[str | Path] = [sys.executable, "-m", "bench.alone", str(port)]
    with _running(name, port, command, rollbook_environment(database_url)) as service:
        yield service


@contextmanager
def program(
    name: str, command: Sequence[str], environment: Mapping[str, str], probe: Probe
) -> Iterator[Service]:
    """Any other running server, which takes its port as `--port`."""
    port = _free_port()
    listening = [*command, "--port", str(port)]
    with _running(name, port, listening, {**os.environ, **environment}, probe) as service:
        yield service


@contextmanager
def _running(
    name: str,
    port: int,
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    probe: Probe = Probe(),
) -> Iterator[Service]:
    # A file, since a pipe that nobody reads would stop a service that has much to say.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=said, stderr=said
        )
        try:
            _wait_until_ready(name, port, probe, process)
            yield Service(name, port, psutil.Process(process.pid))
        except BaseException:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))
            raise
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _wait_until_ready(name: str, port: int, probe: Probe, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"{name} did not start")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{probe.path}", probe.form).close()
        except OSError:
            time.sleep(_LOOK_SECONDS)
        else:
            return
    sys.exit(f"{name} does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
