"""The contract's pages of somebody whose service is kept busy by others, in turns with a quiet one."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from bench import client, load, pages
from bench.scale import Scale
from bench.services import Service

CONNECTIONS = 4
"""How many ask for pages: so many that the service is not always busy, as their waits would tell of
each other alone."""


def plan(scale: Scale, key: str, service: Service, least_seconds: float = 0) -> load.Plan:
    """One-day pages of an organization."""
    requests = pages.day_requests(scale, key)
    texts = [request.text for request in requests]
    lengths = [len(answer) for answer in client.answers(service, requests)]
    seconds = max(scale.seconds, least_seconds)
    return load.Plan(service.port, texts, lengths, CONNECTIONS, scale.warm_up, seconds)


def in_turns(
    plan: load.Plan, rounds: int, busy: Sequence[Callable[[], AbstractContextManager[object]]]
) -> tuple[list[load.Result], list[list[load.Result]]]:
    """The rounds of a quiet service, and those beside each thing that keeps it busy."""
    surroundings = [nullcontext, *busy]
    results: list[list[load.Result]] = [[] for _ in surroundings]
    for number in range(rounds):
        # Every other round backwards, as with the pages.
        turn = list(zip(surroundings, results, strict=True))
        for surrounding, found in turn[:: 1 if number % 2 else -1]:
            with surrounding():
                found.append(_all_right(plan))
    return results[0], results[1:]


def _all_right(plan: load.Plan) -> load.Result:
    result = load.run(plan)
    if result.wrong or not result.right:
        message = f"{result.wrong} answers were wrong"
        raise RuntimeError(message)
    return result
