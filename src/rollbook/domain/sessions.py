"""The heart of the ledger: facts in any order, any number of times, give the same sessions.

A session is one stay of one person in one room, told by a *presence*. Where a presence id is one
stay, its evidence only grows and merges (`presences`); where an id may come again, its stays are
read from the set of all facts about it (`returning`). How each ended is then a pure function
(`endings`) of its own evidence and of its surroundings: the runs of its room, when the same person's
next presence began, and how long the organization lets a session last.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from rollbook.domain.endings import Run, runs_of, settle
from rollbook.domain.events import (
    Fact,
    PresenceFact,
    Room,
    RoomFinished,
    RoomStarted,
    about_presences,
)
from rollbook.domain.leaving_out import NOBODY, LeftOut
from rollbook.domain.presences import Presence, told_of_one
from rollbook.domain.returning import stays_of
from rollbook.domain.values import value


@value
class Rules:
    """How the presences of a source behave.

    `once`: its platform lets a person be in a room instance once at a time. `comes_again`: a
    presence id may join and leave again and again. `lasts` (ms): how long a session may be open
    before it counts as timed out; None for ever. `left_out`: who has no sessions.
    """

    once: bool = False
    comes_again: bool = False
    lasts: int | None = None
    left_out: LeftOut = NOBODY


RoomKey = tuple[str, str, str | None]
"""What a room's end closes: (source id, room id, instance id)."""

Runs = Mapping[RoomKey, Sequence[Run]]


def key_of_room(source_id: str, room: Room) -> RoomKey:
    """The key of a room that an event names."""
    return source_id, room.room_id, room.instance_id


def room_key(presence: Presence) -> RoomKey:
    """The room, or the one run of it, that a presence is in."""
    return presence.source_id, presence.room_id, presence.instance_id


def fold(source_id: str, facts: Iterable[Fact], rules: Rules) -> dict[str, Presence]:
    """All sessions that facts of one source tell of, by session id: the ledger in one sentence."""
    told = set(facts)
    runs = runs_told(source_id, told)
    presences = stays_told(source_id, told, runs, rules)
    settled = settle_all(presences, runs, rules)
    return {presence.session_id: presence for presence in settled}


def runs_told(source_id: str, facts: Iterable[Fact]) -> dict[RoomKey, tuple[Run, ...]]:
    """The runs of rooms that facts tell of."""
    ends: dict[RoomKey, list[tuple[int, int | None]]] = {}
    starts: dict[RoomKey, list[int]] = {}
    for fact in facts:
        key = key_of_room(source_id, fact.room)
        if isinstance(fact, RoomFinished):
            ends.setdefault(key, []).append((fact.at, fact.started_at))
        elif isinstance(fact, RoomStarted):
            starts.setdefault(key, []).append(fact.at)
    return {key: runs_of(told, starts.get(key, ())) for key, told in ends.items()}


def told_of_each(source_id: str, facts: Iterable[PresenceFact]) -> list[Presence]:
    """What facts tell of each presence, where an id is one stay."""
    return [told_of_one(source_id, same) for same in _by_presence(facts)]


def _by_presence(facts: Iterable[PresenceFact]) -> Collection[Sequence[PresenceFact]]:
    by_id: dict[str, list[PresenceFact]] = {}
    for fact in facts:
        by_id.setdefault(fact.presence_id, []).append(fact)
    return by_id.values()


Told = Sequence[tuple[Presence, int | None]]
"""Presences, each with the instant at which its own id began a stay elsewhere, where it did."""


def stays_told(source_id: str, facts: Iterable[Fact], runs: Runs, rules: Rules) -> Told:
    """The stays that facts of one source tell of, their ends not yet settled."""
    about = rules.left_out.without(about_presences(facts))
    if not rules.comes_again:
        return [(one, None) for one in told_of_each(source_id, about)]
    return [
        stay
        for same in _by_presence(about)
        for stay in stays_of(
            source_id, same, lambda room: runs.get(key_of_room(source_id, room), ()), rules.lasts
        )
    ]


def settle_all(told: Told, runs: Runs, rules: Rules) -> list[Presence]:
    """Decide the end of each presence.

    Where the rules say `once`, all presences of a person in an instance must be given together,
    if one is.
    """
    if not rules.once:
        return [_settled_alone(presence, at, runs, rules.lasts) for presence, at in told]
    settled: list[Presence] = []
    for stays in _by_person_and_room(told):
        for number, (presence, elsewhere_at) in enumerate(stays):
            following = stays[number + 1][0].joined_at if number + 1 < len(stays) else None
            known = runs.get(room_key(presence), ())
            settled.append(settle(presence, known, _first(following, elsewhere_at), rules.lasts))
    return settled


def _settled_alone(
    presence: Presence, elsewhere_at: int | None, runs: Runs, lasts: int | None
) -> Presence:
    known = runs.get(room_key(presence), ()) if runs else ()
    return settle(presence, known, elsewhere_at, lasts)


def _first(one: int | None, other: int | None) -> int | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _by_person_and_room(told: Told) -> list[Told]:
    """The presences in their order of joining where one ends the other, each alone elsewhere."""
    alone: list[Told] = []
    together: dict[tuple[RoomKey, str], list[tuple[Presence, int | None]]] = {}
    for presence, elsewhere_at in told:
        person = presence.identity or presence.participant_id
        if person is None or presence.joined_at is None or not presence.instance_id:
            alone.append([(presence, elsewhere_at)])
        else:
            key = (room_key(presence), person)
            together.setdefault(key, []).append((presence, elsewhere_at))
    for stays in together.values():
        stays.sort(key=lambda stay: _coming_order(stay[0]))
    return [*alone, *together.values()]


def _coming_order(presence: Presence) -> tuple[int, bool, int, str]:
    """Who came first; of two that came at one instant, who is known to have gone, or gone first.

    LiveKit tells whole seconds: somebody who is lost and back within one has two such presences,
    and the one that is over must not end the one that goes on.
    """
    gone_at = presence.told_left_at
    return (presence.joined_at or 0, gone_at is None, gone_at or 0, presence.session_id)
