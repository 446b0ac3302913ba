"""A Rollbook with the demo school in it, used as anybody would: through its command.

What is started here is in a process group of its own: Ctrl-C reaches the demo alone, which then
ends what it started. A command that is just starting would answer Ctrl-C with a traceback.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import school

ROLLBOOK = Path(sys.executable).with_name("rollbook")
_ENDS = (signal.SIGTERM, signal.SIGHUP)


class School:
    """The demo school in an embedded database in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "ROLLBOOK_DATABASE_URL": f"sqlite:///{folder / 'school.db'}",
        }
        self.org_id = ""

    def set_up(self) -> None:
        """Make the database anew, create the organization and import its term."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in self.folder.glob("school*"):
            file.unlink()
        made = self.rollbook(
            "org", "create", "Riverside School", "--timezone", school.TIME_ZONE, "--json"
        )
        self.org_id = json.loads(made)["orgId"]
        file = self.folder / "school.jsonl"
        with file.open("w", encoding="utf-8") as output:
            for line in school.lines(datetime.now(UTC)):
                output.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.write(self.rollbook("import", str(file), "--org", self.org_id))

    def rollbook(self, *arguments: str) -> str:
        """What a command prints; its errors go to our own standard error."""
        done = subprocess.run(
            [ROLLBOOK, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            process_group=0,
        )
        return done.stdout

    @contextmanager
    def serving(self, port: int) -> Iterator[subprocess.Popen[bytes]]:
        """The service, as long as the context lasts; it finishes what it is answering."""
        service = subprocess.Popen(
            [ROLLBOOK, "serve", "--port", str(port)], env=self.environment, process_group=0
        )
        try:
            yield service
        finally:
            service.terminate()
            service.wait()


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let Ctrl-C, `kill` and a terminal that closes end the demo with all that it started."""
    for number in _ENDS:
        signal.signal(number, _end)
    try:
        yield
    except KeyboardInterrupt:
        _end(signal.SIGINT)


def _end(number: int, _: object = None) -> NoReturn:
    # `make` passes on what reaches the whole group, so it comes twice: the second must not interrupt
    # the ending of what was started.
    for other in _ENDS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)  # as a shell tells it
