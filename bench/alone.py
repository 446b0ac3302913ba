"""The same service, but each event in a transaction of its own: what group commit is held against.

`python -m bench.alone PORT` serves it, with the server and the options that Rollbook uses.
"""

import sys

from granian.constants import Interfaces, Loops
from granian.server import Server
from litestar import Litestar

from rollbook import app
from rollbook.service.ingest import group_commit


def create_app() -> Litestar:
    """Rollbook, with groups of one event."""
    group_commit.MOST_EVENTS = 1
    return app.create_app()


def main() -> None:
    Server(
        "bench.alone:create_app",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        websockets=False,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()
