"""Serves the reference with the server, the event loop and the options that Rollbook uses."""

import sys

from granian.constants import Interfaces, Loops
from granian.server import Server


def main() -> None:
    port, workers = map(int, sys.argv[1:])
    Server(
        "bench.reference.app:app",
        address="127.0.0.1",
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        websockets=False,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()
