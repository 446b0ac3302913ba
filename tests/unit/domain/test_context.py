"""Which of the things that applications told belongs to a session, where clocks differ."""

import pytest

from rollbook.domain.context import Context, with_context
from rollbook.domain.events import Joined, Left, Participant, Room
from rollbook.domain.presences import Presence, merge, presence_of

SECOND, MINUTE = 1000, 60_000
NOON = 1_705_320_000_000
ROOM, ANN = Room("math-101"), Participant("ann")


def presence(minutes: int) -> Presence:
    """Ann came at noon and stayed for so long."""
    came, went = Joined("one", ROOM, ANN, NOON), Left("one", ROOM, ANN, NOON + minutes * MINUTE)
    return merge(presence_of("source", came), presence_of("source", went))


def context(at: int, address: str) -> Context:
    return Context("ann", "math-101", NOON + at, address)


@pytest.mark.parametrize(
    ("after_the_leave", "fits"),
    [(-1, True), (0, True), (MINUTE, True), (MINUTE + 1, False), (5 * MINUTE, False)],
)
def test_a_context_may_seem_told_a_minute_after_the_leave(
    after_the_leave: int, *, fits: bool
) -> None:
    told = context(10 * MINUTE + after_the_leave, "192.0.2.1")
    assert with_context(presence(10), [told]).ip_address == ("192.0.2.1" if fits else None)


@pytest.mark.parametrize(
    ("after_the_join", "best"),
    [
        (-1, "192.0.2.2"),
        (1, "192.0.2.2"),
        (MINUTE, "192.0.2.2"),
        # What was told later than clocks can differ was told during the session.
        (MINUTE + 1, "192.0.2.1"),
    ],
)
def test_what_was_told_up_to_a_minute_after_the_join_let_the_person_in(
    after_the_join: int, best: str
) -> None:
    both = [context(-5 * MINUTE, "192.0.2.1"), context(after_the_join, "192.0.2.2")]
    assert with_context(presence(60), both).ip_address == best
