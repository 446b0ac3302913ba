"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Times in seconds. The term's sessions are participants times `sessions_each`."""

    participants: int = 2_000
    sessions_each: int = 100
    rooms: int = 20
    guest_sessions: int = 1_000_000
    """Sessions of the one account that everybody without an account shares."""
    counted_sessions: int = 20_000
    """Sessions whose bytes are counted."""
    questions: int = 500
    rounds: int = 4
    warm_up: float = 0.5
    seconds: float = 2.0
    connections: int = 16
    workers: int = 1


FULL = Scale()

QUICK = Scale(
    participants=20,
    sessions_each=20,
    guest_sessions=3_000,
    counted_sessions=400,
    questions=20,
    rounds=1,
    warm_up=0.1,
    seconds=0.3,
    connections=4,
)
"""Shows in seconds that everything runs; its figures mean nothing."""
