"""Credits: what a session costs. 1 credit = 1 minute."""

from collections.abc import Mapping
from enum import StrEnum

from rollbook.domain.values import value

SECONDS_PER_CREDIT = 60


class Rounding(StrEnum):
    """What becomes of a minute that was only begun."""

    UP = "up"
    HALF_UP = "half-up"
    DOWN = "down"


_ADDED_SECONDS: Mapping[Rounding, int] = {
    Rounding.UP: SECONDS_PER_CREDIT - 1,
    Rounding.HALF_UP: SECONDS_PER_CREDIT // 2,
    Rounding.DOWN: 0,
}


@value
class CreditRule:
    """How the seconds of one session become credits.

    A session shorter than `minimum_seconds` costs nothing. Totals never round again: they are
    sums of these per-session credits, so that rows always add up.
    """

    rounding: Rounding = Rounding.UP
    minimum_seconds: int = 0

    def credits(self, seconds: int) -> int:
        """Credits for a session of `seconds` (whole seconds, not negative)."""
        if seconds < self.minimum_seconds:
            return 0
        return (seconds + self.added_seconds) // SECONDS_PER_CREDIT

    @property
    def added_seconds(self) -> int:
        """What a session's seconds need so that whole minutes of them are its credits."""
        return _ADDED_SECONDS[self.rounding]

    def __str__(self) -> str:
        """The form of the `Credit-Rule` header."""
        return f"per-session; rounding={self.rounding}; minimum-seconds={self.minimum_seconds}"


def rounded_quotient(amount: int, divisor: int) -> int:
    """`amount / divisor` rounded half up, in whole numbers; 0 where the divisor is 0."""
    if divisor == 0:
        return 0
    return (2 * amount + divisor) // (2 * divisor)
