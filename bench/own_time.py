"""The own time of an answer: request body in, answer's body out, without HTTP and network."""

import asyncio
import json
import statistics
import time

from bench import school
from bench.data import Ledger
from bench.figures import Figure
from bench.scale import Scale
from rollbook.domain.organizations import Organization
from rollbook.service.organizations.keys import KnownKeys
from rollbook.service.reports.ports import Reports
from rollbook.settings import read_settings
from rollbook.stores import clock, stores_for
from rollbook.web.api.participant_sessions import answer_json
from rollbook.web.api.participant_shapes import from_json

_MOST_MS = 1.0


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The own time of one-day pages on SQLite, which is asked within the process."""
    return [asyncio.run(_measure(scale, ledger))]


async def _measure(scale: Scale, ledger: Ledger) -> Figure:
    stores = stores_for(read_settings({"ROLLBOOK_DATABASE_URL": ledger.sqlite_url}))
    await stores.database.open()
    try:
        caller = await KnownKeys(stores.organizations).caller(ledger.key, clock())
        bodies = [json.dumps(question).encode() for question in school.day_questions(scale)]
        times: list[float] = []
        for _ in range(1 + scale.rounds):
            times = [
                await _milliseconds(stores.reports, caller.organization, body) for body in bodies
            ]
    finally:
        await stores.database.close()
    p99 = sorted(times)[len(times) * 99 // 100]
    note = f"p99 {p99:.2f} ms; no HTTP, no network"
    return Figure(
        "own time of a page, SQLite", statistics.median(times), "ms", at_most=_MOST_MS, note=note
    )


async def _milliseconds(reports: Reports, organization: Organization, body: bytes) -> float:
    begun = time.perf_counter()
    now = clock()
    asked = from_json(body, organization.time_zone, now)
    await answer_json(reports, organization, asked.question, now)
    return 1000 * (time.perf_counter() - begun)
