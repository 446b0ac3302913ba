"""What tables have in common: rows, columns of numbers, minutes."""

from collections.abc import Sequence

from rollbook.domain.credits import rounded_quotient
from rollbook.domain.table import Column, Kind, Value

Row = Sequence[Value]


def numbers(*names: str) -> list[Column]:
    return [Column(name, Kind.NUMBER) for name in names]


def minutes(seconds: int) -> int:
    return rounded_quotient(seconds, 60)
