"""A class that goes on while the demo is served: people come, go and come back."""

import json
import random
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime

_ROOMS = (("art-301", "Drawing from life"), ("debate-201", "Debate: the town hall"))
_PEOPLE = (
    ("student-201", "Noor Haddad"),
    ("student-202", "Mateo García"),
    ("student-203", "Ingrid Åsen"),
    ("student-204", "Kwame Mensah"),
    ("student-205", "Priya Raman"),
    ("student-206", "Łukasz Wójcik"),
)
_TEACHERS = {"art-301": ("teacher-4", "Camille Roy"), "debate-201": ("teacher-5", "Sam Okafor")}
_PAUSE_SECONDS = 4.0

Event = dict[str, object]


class LiveClass:
    """Sends events of our own form to a service, until it is stopped."""

    def __init__(self, port: int, org_id: str) -> None:
        self._url = f"http://127.0.0.1:{port}/v1/events"
        self._org_id = org_id
        self._chance = random.Random()  # noqa: S311 - a class, not a secret
        self._here: dict[tuple[str, str], Event] = {}
        self._count = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the class; who is there stays, as if the platform had fallen silent."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        first = [self._join(room, _TEACHERS[room[0]], "TEACHER") for room in _ROOMS]
        first += [self._join(_ROOMS[n % 2], who) for n, who in enumerate(_PEOPLE[:4])]
        while not self._sent(first) and not self._stopped.wait(0.5):
            pass  # the service is still starting
        while not self._stopped.wait(_PAUSE_SECONDS):
            self._sent([self._next()])

    def _next(self) -> Event:
        room, who = self._chance.choice(_ROOMS), self._chance.choice(_PEOPLE)
        joined = self._here.pop((room[0], who[0]), None)
        if joined is None:
            return self._join(room, who)
        return joined | {"id": f"{joined['id']}-left", "type": "participant.left", "time": _now()}

    def _join(self, room: tuple[str, str], who: tuple[str, str], role: str = "STUDENT") -> Event:
        self._count += 1
        session = f"live-{self._count}"
        event: Event = {
            "id": session,
            "type": "participant.joined",
            "time": _now(),
            "roomId": room[0],
            "roomTitle": room[1],
            "sessionId": session,
            "participant": {"uid": who[0], "name": who[1], "role": role},
            "ipAddress": f"192.168.2.{10 + len(who[1])}",
        }
        if role == "STUDENT":
            self._here[room[0], who[0]] = event
        return event

    def _sent(self, events: list[Event]) -> bool:
        request = urllib.request.Request(  # noqa: S310 - our own service
            self._url,
            data=json.dumps({"events": events}).encode(),
            headers={"VF-ORG-ID": self._org_id, "Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - our own service
        except OSError:
            return False
        return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
