"""The sheet of a room: people down, classes across, and what became of each of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rollbook.domain.attendance import Attended, Verdict
from rollbook.domain.classes import HeldClass
from rollbook.domain.credits import rounded_quotient


@dataclass(frozen=True, slots=True)
class JudgedClass:
    """A class, who was in it, and who of its roster was not: names by uid."""

    held: HeldClass
    people: Sequence[Attended]
    absent: Mapping[str, str | None]

    def count(self, verdict: Verdict) -> int:
        """How many people it was like that for."""
        missed = len(self.absent) if verdict is Verdict.ABSENT else 0
        return missed + sum(one.verdict is verdict for one in self.people)


@dataclass(frozen=True, slots=True)
class Cell:
    """A person in a class; `seconds` of merged time, `late` in seconds."""

    verdict: Verdict
    seconds: int = 0
    late: int = 0


@dataclass(slots=True)
class SheetRow:
    """A person; `cells` by the number of the class. No cell: they did not belong to it."""

    uid: str
    name: str | None = None
    role: str | None = None
    cells: dict[int, Cell] = field(default_factory=dict)

    def count(self, verdict: Verdict) -> int:
        """How many classes were like that."""
        return Counter(cell.verdict for cell in self.cells.values())[verdict]

    @property
    def seconds(self) -> int:
        return sum(cell.seconds for cell in self.cells.values())

    @property
    def late(self) -> int:
        """How often they were late."""
        return sum(cell.late > 0 for cell in self.cells.values())

    @property
    def share(self) -> int:
        """Percent of their classes in which they were present, rounded half up."""
        return rounded_quotient(self.count(Verdict.PRESENT) * 100, max(1, len(self.cells)))


def sheet(judged: Iterable[JudgedClass]) -> list[SheetRow]:
    """Everybody who was in one of the classes, or belonged to one, by name."""
    rows: dict[str, SheetRow] = {}
    for number, one in enumerate(judged):
        for person in one.people:
            row = rows.setdefault(person.person.uid, SheetRow(person.person.uid))
            row.name = person.person.name or row.name
            row.role = person.person.role or row.role
            row.cells[number] = Cell(person.verdict, person.times.merged, person.late)
        for uid, name in one.absent.items():
            row = rows.setdefault(uid, SheetRow(uid))
            row.name = row.name or name
            row.cells[number] = Cell(Verdict.ABSENT)
    return sorted(rows.values(), key=lambda row: ((row.name or row.uid).casefold(), row.uid))
