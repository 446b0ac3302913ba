"""Every page of the dashboard, for a big school: how long it takes, first and later, and its bytes."""

import gzip
import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta

import httpx

from bench import services
from bench.big_school import TODAY, WEEKS, made_in
from bench.dashboard import signed_in
from bench.data import Ledger
from bench.figures import Figure
from bench.scale import Scale
from bench.services import Service

_MOST_SECONDS = 0.3
_MOST_BYTES = 60_000
_TERM = f"from={(TODAY - timedelta(weeks=WEEKS)).date()}&to={TODAY.date()}"
_MONTH = f"from={(TODAY - timedelta(days=30)).date()}&to={TODAY.date()}"
_ROOM, _PUPIL, _TEACHER = "id=course-3", "uid=pupil-7", "uid=teacher-3"

PAGES: Mapping[str, str] = {
    "live": "/live",
    "live, compact": "/live?view=compact",
    "overview": "/overview",
    "overview, what takes longer": "/overview/missing",
    "two places at once": "/overview/two-places?range=month",
    "shared addresses": "/overview/addresses?range=month",
    "rooms without a teacher": "/overview/without-teacher?range=month",
    "absences, a day": "/absences?range=today",
    "absences, a month": f"/absences?{_MONTH}",
    "at risk, a month": f"/at-risk?{_MONTH}",
    "at risk, half a year": f"/at-risk?{_TERM}",
    "people": "/people",
    "people, half a year, searched": f"/people?{_TERM}&q=lukasz+zak&sort=time",
    "people of a teacher": f"/people?{_TERM}&teacher=teacher-3",
    "rooms": "/rooms",
    "rooms, half a year": f"/rooms?{_TERM}",
    "a person, half a year": f"/person?{_PUPIL}&{_TERM}",
    "a teacher, half a year": f"/person?{_TEACHER}&{_TERM}",
    "a teacher's classes": f"/person/taught?{_TEACHER}&{_TERM}",
    "a person's print": f"/person/print?{_PUPIL}&{_TERM}",
    "a person's excuses": f"/person/excuses?{_PUPIL}",
    "erasing a person": f"/person/erase?{_PUPIL}",
    "a room": f"/room?{_ROOM}",
    "a room, half a year": f"/room?{_ROOM}&{_TERM}",
    "a class's print": f"/room/print?{_ROOM}&{_TERM}",
    "a room's sheet, half a year": f"/room/sheet?{_ROOM}&{_TERM}",
    "a sheet's print": f"/room/sheet/print?{_ROOM}&{_TERM}",
    "a room's roster": f"/room/roster?{_ROOM}",
    "a room's schedule": f"/room/schedule?{_ROOM}",
    "usage, half a year": f"/usage?{_TERM}",
    "usage by room, half a year": f"/usage/rooms?{_TERM}",
    "months": "/usage/months",
    "sources": "/sources",
    "import": "/import",
    "changes": "/changes",
    "settings": "/settings",
}


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """Seconds of each page at its first load and later, and its bytes, on both engines."""
    figures: list[Figure] = []
    for engine, url in ledger.engines:
        key = made_in(url, scale.school)
        with services.rollbook(f"Rollbook, {engine}", url, 1) as service:
            figures += pages_of(engine, service, key, scale.rounds)
    return figures


def pages_of(engine: str, service: Service, key: str, rounds: int) -> Iterator[Figure]:
    """The figures of one engine."""
    sizes: dict[str, int] = {}
    with signed_in(service, key) as client:
        for name, path in PAGES.items():
            took = []
            for _ in range(1 + rounds):
                begun, worked = time.perf_counter(), service.cpu_seconds()
                sizes[name] = _bytes(client, path)
                took.append((time.perf_counter() - begun, service.cpu_seconds() - worked))
            later = statistics.median(seconds for seconds, _ in took[1:])
            note = (
                f"first {took[0][0]:.2f} s, {took[0][1]:.2f} of them its processor's; "
                f"later {later:.3f}; {sizes[name] / 1000:.1f} kB"
            )
            slowest = max(took[0][0], later)
            yield Figure(f"{name}, big school, {engine}", slowest, "s", None, _MOST_SECONDS, note)
    largest = max(sizes, key=lambda name: sizes[name])
    title = f"largest page, compressed, big school, {engine}"
    yield Figure(title, sizes[largest] / 1000, "kB", None, _MOST_BYTES / 1000, largest)


def _bytes(client: httpx.Client, path: str) -> int:
    """How many bytes a page has once it is compressed, as it is for every browser."""
    answer = client.get(path)
    if answer.status_code != 200:
        message = f"{path} was answered {answer.status_code}"
        raise RuntimeError(message)
    return len(gzip.compress(answer.content, 6))
