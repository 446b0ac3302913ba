"""Forgetting what an organization keeps for a time only, a part at a time."""

from collections.abc import Awaitable, Callable

from rollbook.domain.retention import Retention, contexts_before
from rollbook.service.organizations.ports import Audit
from rollbook.service.upkeep.ports import FIRST_CONTEXT, ContextKey, RetentionStore

_PART = 500
_DAY_MS = 86_400_000


async def forget(
    store: RetentionStore,
    org_id: str,
    retention: Retention,
    now: int,
    may_go_on: Callable[[], Awaitable[bool]],
) -> None:
    """Forget all whose time is over by `now` (ms UTC), as long as `may_go_on`.

    Each part is a transaction of its own, so that nobody waits long for their turn. Raises
    StoreUnavailable; what was left over is found again the next time.
    """
    addresses, payloads = retention.addresses_before(now), retention.payloads_before(now)
    agents = retention.agents_before(now)
    more = True
    while more and await may_go_on():
        more = False
        if agents is not None:
            of_events = await store.forget_event_agents(org_id, agents, _PART)
            of_sessions = await store.forget_session_agents(org_id, agents, _PART)
            more |= of_events or of_sessions
        if payloads is not None:
            more |= await store.forget_payloads(org_id, payloads, _PART)
        if addresses is not None:
            more |= await _forget_addresses(store, org_id, addresses)


async def forget_agents_told_before(
    store: RetentionStore,
    org_id: str,
    retention: Retention,
    now: int,
    may_go_on: Callable[[], Awaitable[bool]],
) -> None:
    """Once a day: user agents in contexts, which stand in no order of time where they have no address."""
    agents = retention.agents_before(now)
    told = None if agents is None else contexts_before(agents)
    if told is None or not await store.is_due(org_id, "context_agents", told, _DAY_MS):
        return
    after: ContextKey | None = FIRST_CONTEXT
    while after is not None and await may_go_on():
        after = await store.forget_context_agents(org_id, told, after, _PART)
    if after is None:
        await store.note_done(org_id, "context_agents", told)


async def _forget_addresses(store: RetentionStore, org_id: str, before: int) -> bool:
    """Forget a part; whether there may be more."""
    told = contexts_before(before)
    of_events = await store.forget_event_addresses(org_id, before, _PART)
    of_contexts = await store.forget_context_addresses(org_id, told, _PART) == _PART
    of_sessions = await store.forget_session_addresses(org_id, before, _PART)
    return of_events or of_contexts or of_sessions


async def forget_entries(
    audit: Audit, org_id: str, before: int, may_go_on: Callable[[], Awaitable[bool]]
) -> None:
    """Forget who did what before an instant (ms UTC), a part at a time, as long as `may_go_on`."""
    while await may_go_on() and await audit.forget(org_id, before, _PART) == _PART:
        pass
