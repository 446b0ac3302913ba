"""The same service, but each event in a transaction of its own: what group commit is held against.

`python -m bench.alone PORT` serves it, with the server and the options that Rollbook uses.
"""

import sys

from rollbook.server.door import Door
from rollbook.server.serving import serve
from rollbook.service.ingest import group_commit


def main() -> None:
    group_commit.MOST_EVENTS = 1
    door = Door("127.0.0.1", int(sys.argv[1]), connections=1000, silence_seconds=20)
    serve(door, lambda: None)  # who measures asks whether it is ready


if __name__ == "__main__":
    main()
