"""The sheet of a room: people down, classes across, and what became of each of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rollbook.domain.attendance import Attended, Verdict
from rollbook.domain.classes import HeldClass
from rollbook.domain.credits import rounded_quotient
from rollbook.domain.excuses import Excuse
from rollbook.domain.values import value


@value
class JudgedClass:
    """A class, who was in it, and who of its roster was not: names by uid.

    `excused` has what was said of those who are, by uid, also where they were present all the same.
    """

    held: HeldClass
    people: Sequence[Attended]
    absent: Mapping[str, str | None]
    excused: Mapping[str, Excuse] = field(default_factory=dict)

    def concerns(self, uid: str) -> bool:
        """Whether somebody was in it, or belongs to its room."""
        return uid in self.absent or any(one.person.uid == uid for one in self.people)

    def missed(self, uid: str) -> Verdict:
        """What somebody is who was not there."""
        return Verdict.EXCUSED if uid in self.excused else Verdict.ABSENT

    def excuse(self, uid: str, verdict: Verdict) -> Excuse | None:
        """What makes somebody excused, where that is the verdict."""
        return self.excused.get(uid) if verdict is Verdict.EXCUSED else None

    def count(self, verdict: Verdict) -> int:
        """How many people it was like that for."""
        missed = sum(self.missed(uid) is verdict for uid in self.absent)
        return missed + sum(one.verdict is verdict for one in self.people)


@value
class Cell:
    """A person in a class; `seconds` of merged time, `late` in seconds; a `note` where excused."""

    verdict: Verdict
    seconds: int = 0
    late: int = 0
    note: str | None = None


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
    def share(self) -> int | None:
        """Percent of their classes in which they were present, rounded half up.

        What they are excused from does not count; None where that is all.
        """
        counted = len(self.cells) - self.count(Verdict.EXCUSED)
        return rounded_quotient(self.count(Verdict.PRESENT) * 100, counted) if counted else None


def sheet(judged: Iterable[JudgedClass]) -> list[SheetRow]:
    """Everybody who was in one of the classes, or belonged to one, by name."""
    rows: dict[str, SheetRow] = {}
    for number, one in enumerate(judged):
        for person in one.people:
            row = rows.setdefault(person.person.uid, SheetRow(person.person.uid))
            row.name = person.person.name or row.name
            row.role = person.person.role or row.role
            row.cells[number] = _cell(one, row.uid, person.verdict, person)
        for uid, name in one.absent.items():
            row = rows.setdefault(uid, SheetRow(uid))
            row.name = row.name or name
            row.cells[number] = _cell(one, uid, one.missed(uid))
    return sorted(rows.values(), key=lambda row: ((row.name or row.uid).casefold(), row.uid))


def _cell(judged: JudgedClass, uid: str, verdict: Verdict, person: Attended | None = None) -> Cell:
    excuse = judged.excuse(uid, verdict)
    note = excuse.said.note if excuse else None
    return (
        Cell(verdict, person.times.merged, person.late, note)
        if person
        else Cell(verdict, note=note)
    )
