"""One event, delivered a thousand times at once, makes one session."""

import asyncio
from collections import Counter

import httpx
from ingest.account import Account
from ingest.streams import NOON, Told
from ingest.webhooks import body, signed

from rollbook.domain.events import Joined, Left, Participant, Room

ROOM = Room("math-101", "Calculus I", "RM_1")
ANN = Participant("ann", "Ann")
POSTS = 1000
SENDERS = 16


async def _post(url: str, content: bytes, headers: dict[str, str], times: int) -> Counter[int]:
    async with httpx.AsyncClient(timeout=60, verify=False) as client:  # noqa: S501 - no TLS
        answers = [await client.post(url, content=content, headers=headers) for _ in range(times)]
    return Counter(answer.status_code for answer in answers)


async def _all_at_once(url: str, content: bytes, headers: dict[str, str]) -> Counter[int]:
    each, rest = divmod(POSTS, SENDERS)
    shares = [each + (sender < rest) for sender in range(SENDERS)]
    async with asyncio.TaskGroup() as group:
        work = [group.create_task(_post(url, content, headers, share)) for share in shares]
    return sum((task.result() for task in work), Counter())


def test_a_thousand_posts_of_one_webhook_make_one_session(account: Account) -> None:
    event = Told("EV_1", (Left("PA_1", ROOM, ANN, NOON + 60_000, NOON),))
    content = body(event)
    answers = asyncio.run(_all_at_once(account.webhook, content, signed(content)))
    assert answers == {200: POSTS}
    assert account.event_ids() == {"EV_1"}
    assert len(account.visits("ann")) == len(account.sessions()) == 1
    health = account.health()
    assert (health["accepted"], health["duplicate"]) == (1, POSTS - 1)


def test_the_same_event_in_every_place_of_a_batch_makes_one_session(account: Account) -> None:
    told = {
        "id": "e1",
        "type": "participant.joined",
        "time": "2024-01-15T12:00:00Z",
        "roomId": "math-101",
        "sessionId": "stay",
        "participant": {"uid": "ann"},
    }
    statuses = Counter(result["status"] for result in account.tell(*[told] * POSTS))
    assert statuses == {"accepted": 1, "duplicate": POSTS - 1}
    assert len(account.visits("ann")) == 1


def test_events_that_tell_the_same_under_other_ids_make_one_session(account: Account) -> None:
    fact = Joined("PA_1", ROOM, ANN, NOON)
    account.delivered(*(Told(f"EV_{number}", (fact,)) for number in range(10)))
    assert len(account.event_ids()) == 10
    assert len(account.visits("ann")) == 1
