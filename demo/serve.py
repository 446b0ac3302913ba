"""`make serve`: the demo school with a class going on, on a port of this machine until Ctrl-C."""

import contextlib
import socket
import sys
from pathlib import Path

from live import LiveClass
from service import School, ending_in_order


def main() -> None:
    """Serve the demo school."""
    port = _free_port(sys.argv[1])
    school = School(Path("build/serve"))
    school.set_up()
    sys.stdout.write(
        f"The dashboard: http://127.0.0.1:{port}/\n"
        f"Sign in with the VF-ORG-ID of the demo school: {school.org_id}\n\n"
        "Or ask it from another terminal:\n"
        f"  curl -s http://127.0.0.1:{port}/v1/participant/sessions \\\n"
        f"    -H 'VF-ORG-ID: {school.org_id}' -H 'Content-Type: application/json' \\\n"
        """    -d '{"uid": "student-123"}'\n\nCtrl-C ends it.\n"""
    )
    sys.stdout.flush()
    with school.serving(port) as service:
        live = LiveClass(port, school.org_id)
        live.start()
        with contextlib.suppress(KeyboardInterrupt):
            sys.exit(service.wait())
        live.stop()


def _free_port(told: str) -> int:
    """The port that was asked for. Ends the program where nobody can listen there."""
    try:
        # 0 would be any port, and nobody would know which.
        port = int(told) or -1
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except (ValueError, OverflowError):
        sys.exit(f"PORT={told} is no port: it must be a number from 1 to 65535")
    except OSError as error:
        sys.exit(f"port {told}: {error.strerror}. Take another one: make serve PORT=8090")
    return port


if __name__ == "__main__":
    with ending_in_order():
        main()
