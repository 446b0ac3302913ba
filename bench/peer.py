"""One-day pages per second beside PostGraphile 4, which people put an API over their own tables with.

`ROLLBOOK_BENCH_PEER` names its command, such as `npx postgraphile`; without it nothing is measured. It
serves `bench/peer.sql`, a function that gives the contract's JSON: with one that gives a set of a type
it was no quicker, though that neither groups nor adds up. It is told the organization's id, so that it
has no key to look up.
"""

import asyncio
import json
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import asyncpg

from bench import ROOT, client, pages, services
from bench.client import Request
from bench.data import Ledger
from bench.figures import Figure
from bench.pages import Contender
from bench.scale import Scale
from bench.services import Probe, Service
from rollbook.domain.organizations import org_id_of_key

PEER_VARIABLE = "ROLLBOOK_BENCH_PEER"

LEAST_RATIO = 3.0
"""The limit: pages per second of Rollbook on PostgreSQL to those of the peer."""

_PATH = "/graphql"
_QUERY = (
    "query ($org: String!, $uid: String!, $day: Date!) "
    "{ participantDay(orgId: $org, uid: $uid, day: $day) }"
)
_FOR_PRODUCTION = {"NODE_ENV": "production", "GRAPHILE_TURBO": "1"}


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The pages of both, in turns. Raises RuntimeError where their answers differ."""
    if not is_named():
        return []
    url, key = ledger.postgres_url, ledger.key
    with services.rollbook("Rollbook beside the peer", url, 1) as ours, running(scale, url) as peer:
        requests = pages.day_requests(scale, key)
        answers = client.answers(ours, requests)
        both = [
            pages.contender(scale, ours, requests, answers),
            contender(scale, peer, key, requests, answers),
        ]
        pages.in_turns(both, scale.rounds)
    return [*map(pages.rate, both), ratio("Rollbook / PostGraphile", *both)]


def is_named() -> bool:
    """Whether there is a peer to be measured."""
    return bool(os.environ.get(PEER_VARIABLE))


@contextmanager
def running(scale: Scale, url: str) -> Iterator[Service]:
    """The peer over a database, one process with a connection for each that asks it."""
    asyncio.run(_make_function(url))
    command = [
        *shlex.split(os.environ[PEER_VARIABLE]),
        *("--connection", url, "--schema", "peer", "--host", "127.0.0.1"),
        *("--max-pool-size", str(scale.connections), "--dynamic-json"),
        *("--disable-graphiql", "--disable-query-log", "--disable-default-mutations"),
    ]
    probe = Probe(_PATH, b"query={__typename}")
    with services.program("PostGraphile", command, _FOR_PRODUCTION, probe) as service:
        yield service


async def _make_function(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute((ROOT / "bench" / "peer.sql").read_text())
    finally:
        await connection.close()


def contender(
    scale: Scale, peer: Service, key: str, requests: Iterable[Request], expected: Sequence[bytes]
) -> Contender:
    """The peer with the same questions as Rollbook, whose answers it gives as well."""
    asked = [_request(key, request.body) for request in requests]
    answers = client.answers(peer, asked)
    right = [json.loads(answer)["data"] for answer in expected]
    given = [json.loads(answer)["data"]["participantDay"] for answer in answers]
    pages.require_same(peer, right, given)
    return pages.contender(scale, peer, asked, answers)


def _request(key: str, question: Mapping[str, object]) -> Request:
    about = {"uid": question["uid"], "day": question["startDate"]}
    variables = {"org": org_id_of_key(key), **about}
    return Request(_PATH, {"query": _QUERY, "variables": variables})


def ratio(name: str, ours: Contender, peer: Contender) -> Figure:
    """How many pages of Rollbook there are to one of the peer."""
    return pages.ratio(name, ours, peer, at_least=LEAST_RATIO)
