"""Clients that deliver: all at once, and again until each of their events is acknowledged."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from ingest.account import in_turn
from ingest.streams import Told
from ingest.webhooks import body, signed

CLIENTS = 8
_PAUSE_SECONDS = 0.05


@dataclass
class Load:
    """What became of the deliveries of some clients."""

    acknowledged: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    retry_after: set[str | None] = field(default_factory=set)
    slowest: float = 0.0

    def note(self, event: Told, answer: httpx.Response, seconds: float) -> bool:
        """Whether the event is acknowledged now."""
        self.statuses[answer.status_code] += 1
        self.slowest = max(self.slowest, seconds)
        if answer.status_code == 503:
            self.retry_after.add(answer.headers.get("Retry-After"))
        if answer.status_code == 200:
            self.acknowledged.add(event.event_id)
        return answer.status_code == 200


async def deliver(
    urls: Sequence[str], events: Sequence[Told], load: Load, *, persistent: bool = False
) -> None:
    """Deliver events from several clients at once, client by client to the next of the URLs.

    A persistent client tells an event again until it is acknowledged; another one gives up all
    its events when the service is gone.
    """
    async with asyncio.TaskGroup() as group:
        for client, share in enumerate(in_turn(events, CLIENTS)):
            url = urls[client % len(urls)]
            group.create_task(_client(url, share, load, persistent=persistent))


async def _client(url: str, events: Sequence[Told], load: Load, *, persistent: bool) -> None:
    # Nothing here is encrypted; reading the certificates of the world would take most of the time.
    async with httpx.AsyncClient(timeout=60, verify=False) as client:  # noqa: S501 - no TLS here, and loading its roots takes long
        for event in events:
            content = body(event)
            headers = signed(content)
            while True:
                begun = time.monotonic()
                try:
                    answer = await client.post(url, content=content, headers=headers)
                except httpx.TransportError:
                    if not persistent:
                        return
                else:
                    if load.note(event, answer, time.monotonic() - begun) or not persistent:
                        break
                await asyncio.sleep(_PAUSE_SECONDS)
