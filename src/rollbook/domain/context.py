"""What an application tells of a person when it lets them into a room.

Most platforms never tell an IP address. The application that mints the person's token knows it,
and this is how it reaches the session that the token opens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rollbook.domain.presences import Presence
from rollbook.domain.values import value

TOKEN_LIFE_MS = 24 * 3_600_000
"""How long before a join its context may have been told: tokens are minted ahead of a class."""

LATEST_MS = 48 * 3_600_000
"""How long after a join a context may still be told for it: it bounds what has to be looked at."""

CLOCK_SLACK_MS = 60_000
"""How much later than a join its context may seem told, where clocks differ."""


@value
class Context:
    """What was told at `told_at` (ms UTC) about a person in a room."""

    participant_id: str
    room_id: str
    told_at: int
    ip_address: str | None = None
    user_agent: str | None = None


def with_context(presence: Presence, contexts: Sequence[Context]) -> Presence:
    """The presence with address and user agent from its context, where its platform told none.

    A value without the time of its telling comes from a context. It is chosen anew each time,
    from all contexts that are known, so the order in which they came does not show.
    """
    if not contexts and not _has_of_context(presence):
        return presence
    fitting = sorted(
        (context for context in contexts if _fits(presence, context)),
        key=lambda context: _closeness(presence, context),
    )
    address, agent = presence.ip_address, presence.user_agent
    if presence.ip_told_at is None:
        address = next((c.ip_address for c in fitting if c.ip_address), None)
    if presence.user_agent_told_at is None:
        agent = next((c.user_agent for c in fitting if c.user_agent), None)
    if (address, agent) == (presence.ip_address, presence.user_agent):
        return presence
    return replace(presence, ip_address=address, user_agent=agent)


def in_context(presences: Iterable[Presence], contexts: Iterable[Context]) -> list[Presence]:
    """The presences, each with what is known of its participant in its room."""
    known: dict[tuple[str | None, str], list[Context]] = {}
    for context in contexts:
        known.setdefault((context.participant_id, context.room_id), []).append(context)
    return [
        with_context(presence, known.get((presence.participant_id, presence.room_id), ()))
        for presence in presences
    ]


def _has_of_context(presence: Presence) -> bool:
    address = presence.ip_address is not None and presence.ip_told_at is None
    return address or (presence.user_agent is not None and presence.user_agent_told_at is None)


def _fits(presence: Presence, context: Context) -> bool:
    if presence.joined_at is None or presence.participant_id != context.participant_id:
        return False
    over = presence.left_at is not None and context.told_at > presence.left_at + CLOCK_SLACK_MS
    in_time = -TOKEN_LIFE_MS <= context.told_at - presence.joined_at <= LATEST_MS
    return presence.room_id == context.room_id and in_time and not over


def _closeness(presence: Presence, context: Context) -> tuple[bool, int, str, str]:
    """The latest told before the join is best, then the earliest told during the session."""
    after = context.told_at - (presence.joined_at or 0)
    during = after > CLOCK_SLACK_MS
    ties = (context.ip_address or "", context.user_agent or "")
    return (during, after if during else -after, *ties)
