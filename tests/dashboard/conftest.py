"""A real service with two schools in it, and a real browser in front of it.

Without a browser these tests are skipped on a desk and fail in CI.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROLLBOOK = Path(sys.executable).with_name("rollbook")
SECRET = "a-secret-that-only-these-tests-know-0123456789"
ZONE = ZoneInfo("Europe/Paris")
HOSTILE = {
    "<script>alert(1)</script>": '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0": "=cmd|' /C calc'!A0",
    "rtl-1": "\u202eevil\u202c نور الدين",
    "long-1": "W" * 200,
    "a/../b?c=d&e#f": "{{ 7 * 7 }} %s",
}
_BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
"""The first that is here: the shell is the same browser without windows, and takes less time."""

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class School:
    """A service with a school; `other_key` opens another school on it."""

    database: Path
    url: str
    key: str
    other_key: str
    org_id: str
    rollbook: Callable[..., str]

    def api(self, key: str | None = None) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"VF-ORG-ID": key or self.key}, timeout=30)

    def send(self, *events: dict[str, Any]) -> None:
        """Post events of our own form."""
        with self.api() as client:
            answer = client.post("/v1/events", json={"events": list(events)})
        results = answer.json()["data"]["results"]
        assert all(result["status"] == "accepted" for result in results), results


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    own = {name: value for name, value in os.environ.items() if not name.startswith("ROLLBOOK_")}
    environment = own | {
        "ROLLBOOK_DATABASE_URL": f"sqlite:///{folder / 'school.db'}",
        "ROLLBOOK_SECRET_KEY": SECRET,
        "ROLLBOOK_PROVIDERS_WITHIN": "127.0.0.1",
    }

    def rollbook(*arguments: str) -> str:
        return subprocess.run(
            [ROLLBOOK, *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    key = _organization(rollbook, "Riverside School")
    other = _organization(rollbook, "Hillside School")
    _import(rollbook, key, folder / "lines.jsonl", list(_lines(datetime.now(UTC))))
    _import(rollbook, other, folder / "other.jsonl", list(_heavy()))
    org_id = key.split("_")[1]
    rollbook(
        "source", "add", "livekit", "--org", key, "--api-key", "APIk4v", "--api-secret", SECRET
    )
    port = _free_port()
    service = subprocess.Popen(
        [ROLLBOOK, "serve", "--port", str(port)], env=environment, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    _wait(url)
    yield School(folder / "school.db", url, key, other, org_id, rollbook)
    service.terminate()
    service.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no chromium on PATH: .ci/run installs it")
        pytest.skip("no chromium on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, school: School) -> Iterator[BrowserContext]:
    """A browser that nobody is signed in with; what its console complains of fails the test."""
    complaints: list[str] = []
    context = browser.new_context(base_url=school.url, viewport={"width": 1280, "height": 900})
    context.on("console", lambda m: complaints.append(m.text) if _is_complaint(m) else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert complaints == []


@pytest.fixture
def signed_in(context: BrowserContext, school: School) -> Page:
    """A page that somebody is signed in on."""
    page = context.new_page()
    sign_in_on(page, school.key)
    return page


@pytest.fixture
def sign_in() -> Callable[[Page, str], None]:
    return sign_in_on


@pytest.fixture
def hostile() -> dict[str, str]:
    return HOSTILE


@pytest.fixture
def secret() -> str:
    return SECRET


def sign_in_on(page: Page, key: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Organization key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Live now").wait_for()


def _is_complaint(message: Any) -> bool:
    # A status that a test asks for on purpose is told on the console too.
    return message.type in {"error", "warning"} and "Failed to load resource" not in message.text


def _organization(rollbook: Callable[..., str], name: str) -> str:
    made = rollbook("org", "create", name, "--timezone", ZONE.key, "--json")
    return str(json.loads(made)["orgId"])


def _import(
    rollbook: Callable[..., str], key: str, file: Path, lines: list[dict[str, Any]]
) -> None:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    rollbook("import", str(file), "--org", key)


def _lines(now: datetime) -> Iterator[dict[str, Any]]:
    """A school with a history of forty days, overlaps, reconnects and hostile names."""
    for day in range(40):
        for number in range(30):
            yield _stay(f"student-{number}", f"Student {number}", "math-101", day * 24 + 2, 50)
    yield _stay("jane", "Jane Doe", "math-101", 3, 60)
    yield _stay("jane", "Jane Doe", "physics-101", 2.6, 30)
    yield _stay("jane", "Jane Doe", "physics-101", 2.05, 30)
    yield _stay("jane", "Jane Doe", "math-101", 24 * 5, 45.5)
    yield from _drawing_class()
    for uid, name in HOSTILE.items():
        yield _stay(uid, name, uid, 4) | {"roomTitle": name}


def _heavy() -> Iterator[dict[str, Any]]:
    """Somebody with 10,000 sessions in 20 rooms, a room with 2,000 people, and small ones."""
    yield _stay("hill-1", "Hilda", "hill-room", 2)
    for number in range(10_000):
        yield _stay("guest", "Guest", f"room-{number % 20}", 3 + number / 10, 5)
    for number in range(2_000):
        yield _stay(f"crowd-{number}", f"Crowd {number}", "hall", 2 + number / 10_000, 60)


def _drawing_class() -> Iterator[dict[str, Any]]:
    """Yesterday's class, with people late, early and dropping out; and weeks of Jane's."""
    room = {"roomTitle": "Drawing from life"}
    now = datetime.now(ZONE)
    ten = (now - timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    ago = (now - ten) / timedelta(hours=1)
    for uid, name, first, last in (
        ("teacher-4", "Camille Roy", 0, 62),
        ("noor", "Noor Haddad", 4, 60),
        ("jane", "Jane Doe", 6, 61),
        ("ingrid", "Ingrid Aasen", 7, 38),
        ("kwame", "Kwame Mensah", 9, 30),
        ("kwame", "Kwame Mensah", 31, 60),
        ("priya", "Priya Raman", 23, 59),
    ):
        role = {"role": "TEACHER" if uid == "teacher-4" else "STUDENT"}
        yield _stay(uid, name, "art-301", ago - first / 60, last - first) | room | role
    for day in range(26, 60):
        if day % 7 not in {0, 6}:
            yield _stay("jane", "Jane Doe", "art-301", day * 24 + 5, 40 + day * 7 % 23) | room


def _stay(uid: str, name: str, room: str, hours_ago: float, minutes: float = 50) -> dict[str, Any]:
    joined = datetime.now(UTC) - timedelta(hours=hours_ago)
    return {
        "uid": uid,
        "name": name,
        "role": "STUDENT",
        "roomId": room,
        "roomTitle": f"Room {room}",
        "joinedAt": joined.isoformat(timespec="milliseconds"),
        "leftAt": (joined + timedelta(minutes=minutes)).isoformat(timespec="milliseconds"),
        "ipAddress": f"192.0.2.{sum(uid.encode()) % 250}",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(url: str) -> None:
    for _ in range(1_200):
        try:
            httpx.get(f"{url}/readyz")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the service does not answer")
