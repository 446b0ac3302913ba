"""A command at a terminal: a real pseudo-terminal of its own, as a window with a shell is."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

# A process between, which passes on what is typed and shown: a process with threads, as one with
# tests has, should not fork, and that is how a command gets a terminal.
_ON_A_TERMINAL = """
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
"""


@dataclass
class Terminal:
    """The screen of a command, and a keyboard for it."""

    process: "subprocess.Popen[bytes]"
    screen: str = ""

    def shows(self, text: str) -> None:
        """Wait until this is on the screen."""
        while text not in self.screen:
            assert self._reads_more(), self.screen

    def types(self, keys: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(keys.encode())
        self.process.stdin.flush()

    def ends(self) -> int:
        """Wait until the command has ended; answers its exit code."""
        while self._reads_more():
            pass
        return self.process.wait()

    def _reads_more(self) -> bool:
        assert self.process.stdout is not None
        more = os.read(self.process.stdout.fileno(), 4096).decode()
        self.screen += more
        return bool(more)


@contextmanager
def at_a_terminal(environment: Mapping[str, str], *command: str) -> Iterator[Terminal]:
    """Start a command at a terminal."""
    call = [sys.executable, "-c", _ON_A_TERMINAL, *command]
    with subprocess.Popen(
        call, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Terminal(process)
        finally:
            process.kill()  # where a test gave up: the terminal closes, and that ends the command
