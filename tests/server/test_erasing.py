"""Somebody is erased from a service of two processes while their webhooks arrive, and is nowhere afterwards.

What is looked through is what is made later: tables, files, exports, /metrics, the log, a backup.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from ingest.account import within_seconds
from ingest.streams import Told
from ingest.webhooks import body, signed
from server.process import Service, run, serving
from server.tenants import Tenant, new_tenant
from support.days import written
from support.dump import everything_of

from rollbook.domain.events import Joined, Left, Participant, Room

UID, NAME, ADDRESS, AGENT = "zoe-pupil-77", "Zoe Quillfeather", "203.0.113.77", "Zoefox/77"
MARKS = (UID, NAME, "Quillfeather", ADDRESS, AGENT)
KEY, SECRET = "APIofAnErasure", "e" * 40
STAY_MS, BEGIN = 90_000, 1_736_928_000_000
STAYS = 9
"""Of the person and of another one, one after another."""
SETTINGS = {
    "ROLLBOOK_UPKEEP_SECONDS": "1",
    "ROLLBOOK_ACCESS_LOG": "json",
    "ROLLBOOK_LOG_LEVEL": "debug",
}


@dataclass
class Platforms:
    """LiveKit and a portal, which tell of two people, again and again."""

    service: Service
    tenant: Tenant
    address: str
    failed: list[str] = field(default_factory=list)

    def tell(self, stays: range) -> None:
        """Tell of these stays; each delivery is on its way until it is taken."""
        with self.service.client(self.tenant.key) as client:
            for number in stays:
                for answer in self._tell_of(client, number):
                    if answer.status_code != 200:
                        self.failed.append(answer.text)

    def _tell_of(self, client: httpx.Client, number: int) -> Iterator[httpx.Response]:
        at = BEGIN + number * 2 * STAY_MS
        for who in (Participant(UID, NAME), Participant("ben", "Ben Other")):
            stay, room = f"PA_{who.uid}_{number}", Room("math-101")
            for fact in (Joined(stay, room, who, at), Left(stay, room, who, at + STAY_MS)):
                content = body(Told(f"EV_{stay}_{type(fact).__name__}", (fact,)))
                yield client.post(
                    self.address, content=content, headers=signed(content, KEY, SECRET)
                )
        yield client.post("/v1/events", json={"events": list(_own_events(number, at))})


def _own_events(number: int, at: int) -> Iterator[dict[str, Any]]:
    about = {"roomId": "art-7", "sessionId": f"visit-of-{UID}-{number}"}
    person = {"participant": {"uid": UID, "name": NAME}, "ipAddress": ADDRESS, "userAgent": AGENT}
    for kind, when in (("joined", at), ("left", at + STAY_MS)):
        told = {
            "id": f"{UID}:{kind}:{number}",
            "type": f"participant.{kind}",
            "time": written(when),
        }
        yield told | about | person


@pytest.fixture
def platforms(database_url: str, tmp_path: Path) -> Iterator[Platforms]:
    tenant = new_tenant(database_url)
    secret = ("--api-key", KEY, "--api-secret", SECRET)
    added = run(database_url, "source", "add", "livekit", "--org", tenant.key, *secret, "--json")
    with serving(database_url, tmp_path, "--workers", "2", settings=SETTINGS) as service:
        yield Platforms(service, tenant, json.loads(added)["webhookUrl"])


def credits_of(platforms: Platforms, uid: str) -> tuple[int, int]:
    """How many sessions somebody has, and what they cost."""
    days = {"startDate": "2025-01-15", "endDate": "2025-01-20"}
    answer = platforms.service.ask(platforms.tenant.key, uid=uid, **days).json()
    summary = answer["data"]["summary"]
    return summary["totalSessions"], summary["totalCredits"]


def left_anywhere(texts: dict[str, str]) -> list[str]:
    return [f"{mark} in {name}" for mark in MARKS for name, text in texts.items() if mark in text]


def dumped(tenant: Tenant) -> str:
    return "\n".join(map(str, everything_of(tenant.database_url)))


def made_later(platforms: Platforms, folder: Path, pseudonym: str) -> dict[str, str]:
    """Everything that can be had of the ledger once somebody is gone from it."""
    url, key = platforms.tenant.database_url, platforms.tenant.key
    with platforms.service.client(key) as client:
        texts = {
            path: client.get(path).text
            for path in ("/v1/sessions?limit=100", "/v1/sources", "/v1/live?format=csv", "/metrics")
        }
    texts["export"] = run(url, "participant", "export", pseudonym, "--org", key)
    texts["audit"] = run(url, "audit", "--org", key)
    texts["dump"] = dumped(platforms.tenant)
    if url.startswith("sqlite:"):
        copy = folder / "backup.db"
        run(url, "db", "backup", str(copy))
        texts["backup"] = copy.read_bytes().decode("latin-1")
    return texts


def test_who_is_erased_while_their_webhooks_arrive_is_nowhere_and_no_credit_changes(
    platforms: Platforms, tmp_path: Path
) -> None:
    tenant, service = platforms.tenant, platforms.service
    platforms.tell(range(STAYS // 3))
    sender = threading.Thread(target=platforms.tell, args=(range(STAYS // 3, STAYS),))
    sender.start()
    with service.client(tenant.key) as client:
        answer = client.delete(f"/v1/participants/{UID}")
    assert answer.status_code == 200, answer.text
    # Its own line, which names whom it is about, may come after its answer.
    assert within_seconds(lambda: '"method":"DELETE"' in service.said())
    logged = len(service.said())
    pseudonym = answer.json()["data"]["pseudonym"]
    sender.join()
    # Everything once more, from the platforms and from a file.
    platforms.tell(range(STAYS))
    assert platforms.failed == []
    file = tmp_path / "old.jsonl"
    line = {"uid": UID, "name": NAME, "roomId": "old-1", "ipAddress": ADDRESS}
    line |= {"joinedAt": written(BEGIN - 86_400_000), "leftAt": written(BEGIN - 86_370_000)}
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    run(tenant.database_url, "import", str(file), "--org", tenant.key)
    # Events that only mention them follow, with the rounds of upkeep.
    until = time.monotonic() + 60
    while left_anywhere({"dump": dumped(tenant)}) and time.monotonic() < until:
        time.sleep(0.2)
    texts = made_later(platforms, tmp_path, pseudonym)
    assert left_anywhere(texts) == []
    assert pseudonym in texts["dump"]
    assert left_anywhere({"log": service.said()[logged:]}) == []
    assert credits_of(platforms, pseudonym) == (2 * STAYS, 2 * STAYS * 2)
    assert credits_of(platforms, "ben") == (STAYS, STAYS * 2)
