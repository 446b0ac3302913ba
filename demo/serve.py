"""`make serve`: the demo school, served on port 8080 until Ctrl-C."""

import contextlib
import sys
from pathlib import Path

from service import School

PORT = 8080


def main() -> None:
    """Serve the demo school."""
    school = School(Path("build/serve"))
    school.set_up()
    sys.stdout.write(
        f"VF-ORG-ID of the demo school: {school.org_id}\n\nAsk it from another terminal:\n"
        f"  curl -s http://127.0.0.1:{PORT}/v1/participant/sessions \\\n"
        f"    -H 'VF-ORG-ID: {school.org_id}' -H 'Content-Type: application/json' \\\n"
        """    -d '{"uid": "student-123"}'\n\nCtrl-C ends it.\n"""
    )
    sys.stdout.flush()
    service = school.start(PORT)
    # Ctrl-C reaches the service too, which then finishes what it is answering.
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(service.wait())
    service.wait()


if __name__ == "__main__":
    main()
