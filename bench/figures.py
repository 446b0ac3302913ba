"""What was measured, as a table with the limits beside it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. A limit says how much at least, or at most, it has to be."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def missed(self) -> bool:
        return (self.at_least is not None and self.value < self.at_least) or (
            self.at_most is not None and self.value > self.at_most
        )

    @property
    def limit(self) -> str:
        if self.at_least is not None:
            return f">= {_number(self.at_least)}"
        return "" if self.at_most is None else f"<= {_number(self.at_most)}"

    @property
    def verdict(self) -> str:
        if not self.limit:
            return ""
        return "MISSED" if self.missed else "ok"


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of text, a heading first."""
    rows = [("what", "figure", "unit", "limit", "", "note")] + [
        (figure.name, _number(figure.value), figure.unit, figure.limit, figure.verdict, figure.note)
        for figure in figures
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, number, *rest = row
    cells = [name.ljust(widths[0]), number.rjust(widths[1])]
    cells += [cell.ljust(width) for cell, width in zip(rest, widths[2:], strict=True)]
    return "  ".join(cells).rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")
