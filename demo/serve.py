"""`make serve`: the demo school with a class going on, on port 8080 until Ctrl-C."""

import contextlib
import sys
from pathlib import Path

from live import LiveClass
from service import School

PORT = 8080


def main() -> None:
    """Serve the demo school."""
    school = School(Path("build/serve"))
    school.set_up()
    sys.stdout.write(
        f"The dashboard: http://127.0.0.1:{PORT}/\n"
        f"Sign in with the VF-ORG-ID of the demo school: {school.org_id}\n\n"
        "Or ask it from another terminal:\n"
        f"  curl -s http://127.0.0.1:{PORT}/v1/participant/sessions \\\n"
        f"    -H 'VF-ORG-ID: {school.org_id}' -H 'Content-Type: application/json' \\\n"
        """    -d '{"uid": "student-123"}'\n\nCtrl-C ends it.\n"""
    )
    sys.stdout.flush()
    service = school.start(PORT)
    live = LiveClass(PORT, school.org_id)
    live.start()
    # Ctrl-C reaches the service too, which then finishes what it is answering.
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(service.wait())
    live.stop()
    service.wait()


if __name__ == "__main__":
    main()
