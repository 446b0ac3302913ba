"""How often something may happen: a bucket of tokens that fills up again by itself."""

from rollbook.domain.values import value


@value
class Rate:
    """So many at once, and one more after each `refill_us` (microseconds).

    A bucket is one number: the instant, in microseconds UTC, at which it is full again. That is the
    form that GCRA has (ITU-T I.371): nothing has to fill it, and taking is one comparison.
    """

    most: int
    refill_us: int

    def taken(self, full_at: int, now: int, wanted: int = 1) -> tuple[int, int]:
        """How many of those wanted are there, and when the bucket is full again without them."""
        granted = min(wanted, self.left(full_at, now))
        return granted, max(full_at, now) + granted * self.refill_us

    def left(self, full_at: int, now: int) -> int:
        """How many are there at `now`."""
        return self.most - max(0, -((now - full_at) // self.refill_us))

    def next_after(self, full_at: int, now: int, wanted: int = 1) -> int:
        """Microseconds from `now` until so many are there; 0 where they are."""
        return max(0, full_at - now - (self.most - wanted) * self.refill_us)


def seconds(microseconds: int) -> int:
    """Whole seconds that are enough, and one at least: what a header tells."""
    return max(1, -(-microseconds // 1_000_000))
