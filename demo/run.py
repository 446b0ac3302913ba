"""`make demo`: a term of classes goes in, the contract's JSON and CSV come out, and it ends."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from school import TIME_ZONE
from service import School, ending_in_order

PATH = "/v1/participant/sessions"
START_SECONDS = 30


def main() -> None:
    """Run the demo."""
    school = School(Path("build/demo"))
    school.set_up()
    port = _free_port()
    with school.serving(port) as service:
        _wait_until_it_answers(port, service)
        for title, question in _questions(datetime.now(ZoneInfo(TIME_ZONE)).date()):
            _show(title, question, _ask(port, school.org_id, question))
        _show_error(port)
    sys.stdout.write("\nThe demo is over. Next: `make serve`, or README.md.\n")


def _questions(today: date) -> list[tuple[str, Mapping[str, object]]]:
    week = {"startDate": str(today - timedelta(days=6)), "endDate": str(today)}
    return [
        # The class that is going on may have begun before midnight.
        (
            "Since yesterday, grouped by room",
            {
                "uid": "student-123",
                "startDate": str(today - timedelta(days=1)),
                "endDate": str(today),
                "limit": 2,
            },
        ),
        ("This week in one room", {"uid": "student-123", "roomId": "math-101", **week}),
        ("This week as CSV", {"uid": "student-126", **week, "export": "csv"}),
        (
            "The same for one room, for Excel; the name was a formula",
            {
                "uid": "student-127",
                "roomId": "math-101",
                **week,
                "export": "csv",
                "csv": {"delimiter": ";"},
            },
        ),
    ]


def _ask(port: int, org_id: str, question: Mapping[str, object]) -> tuple[str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{PATH}",
        data=json.dumps(question).encode(),
        headers={"VF-ORG-ID": org_id, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        return answer.headers["Content-Type"], answer.read().decode()


def _show(title: str, question: Mapping[str, object], answer: tuple[str, str]) -> None:
    content_type, body = answer
    if content_type.startswith("application/json"):
        body = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    shown = "\n".join(body.splitlines())
    sys.stdout.write(f"\n=== {title}\nPOST {PATH} {json.dumps(question)}\n\n{shown}\n")


def _show_error(port: int) -> None:
    try:
        _ask(port, "not-a-key", {"uid": "student-123"})
    except urllib.error.HTTPError as error:
        sys.stdout.write(f"\n=== A wrong VF-ORG-ID\n{error.code} {error.read().decode()}\n")


def _wait_until_it_answers(port: int, service: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 10):
        if service.poll() is not None:
            sys.exit("the service did not start")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("the service does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    with ending_in_order():
        main()
