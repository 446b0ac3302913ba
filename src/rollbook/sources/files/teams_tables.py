"""The two tables of people in a report of Teams': who was there, and each single stay."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rollbook.domain.values import value
from rollbook.sources.files.reports import person
from rollbook.sources.files.tables import Record, place_of

PARTICIPANTS, ACTIVITIES = 2, 3
"""The sections that these tables are in."""

_JOINS = ("join time", "first join", "first join time")
_LEAVES = ("leave time", "last leave", "last leave time")
_UTC = " (utc)"


@value
class Columns:
    """Where the cells of a table stand; None for a column that it does not have."""

    name: int
    joined: int
    left: int
    email: int | None
    platform_id: int | None
    role: int | None
    lasted: int | None
    utc: bool = False


@value
class Row:
    """A row of a table, and what its cells mean."""

    section: int | None
    columns: Columns
    record: Record

    @property
    def name(self) -> str:
        return self.record.cell(self.columns.name)

    @property
    def email(self) -> str:
        return self.record.cell(self.columns.email).lower()

    @property
    def person(self) -> str:
        return person(self.email, self.record.cell(self.columns.platform_id), self.name)

    @property
    def joined(self) -> str:
        return self.record.cell(self.columns.joined)

    @property
    def left(self) -> str:
        return self.record.cell(self.columns.left)

    @property
    def lasted(self) -> str:
        return self.record.cell(self.columns.lasted)

    @property
    def only_registered(self) -> bool:
        """Whether there is room for times, and none: who was cut off may have been there."""
        whole = len(self.record.cells) > max(self.columns.joined, self.columns.left)
        return whole and not (self.joined or self.left or self.lasted)


def columns_of(labels: list[str]) -> Columns | None:
    """The columns of a table of people in English; None where this is not its header."""
    plain = [name.removesuffix(_UTC) for name in labels]
    name, joined, left = (
        place_of(plain, names) for names in (("name", "full name"), _JOINS, _LEAVES)
    )
    if name is None or joined is None or left is None:
        return None
    return Columns(
        name=name,
        joined=joined,
        left=left,
        email=place_of(plain, ("email",)),
        platform_id=place_of(plain, ("participant id (upn)", "participant id")),
        role=place_of(plain, ("role",)),
        lasted=place_of(plain, ("duration", "in-meeting duration")),
        utc=labels[joined].endswith(_UTC),
    )


def columns_by_place(width: int) -> Columns:
    """The columns of a table whose words are of another language."""
    has_id = width > 6
    return Columns(0, 1, 2, 4, 5 if has_id else None, 6 if has_id else width - 1, 3)


def single_stays(rows: Sequence[Row]) -> list[Row]:
    """Each single stay; of who has none, the row of all their stays, if they were there at all.

    The participants of section 2 are the same people again, one row for all their stays.
    """
    singles = [row for row in rows if row.section == ACTIVITIES]
    if not singles:
        return list(rows)
    others = [row for row in rows if row.section != ACTIVITIES and not row.only_registered]
    return [*_without(others, singles), *singles]


def _without(rows: list[Row], singles: list[Row]) -> Iterator[Row]:
    """The rows of people who have no single stay, however they are called there.

    Who has another name in the one section than in the other came and went in the same seconds.
    """
    stayed, named = _People(singles), _People(rows)
    strangers = Counter(_spans(row for row in singles if row not in named))
    for row in rows:
        span = (row.joined, row.left)
        if row in stayed:
            continue
        if strangers[span]:
            strangers[span] -= 1
        else:
            yield row


def _spans(rows: Iterable[Row]) -> Iterable[tuple[str, str]]:
    """From when until when each of these people was there, as it is written."""
    spans: dict[str, tuple[str, str]] = {}
    for row in rows:
        first, _ = spans.get(row.person, (row.joined, ""))
        spans[row.person] = first, row.left
    return spans.values()


class _People:
    """Those of some rows. A name alone stands for a person, unless there are two addresses."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._people: set[str] = set()
        self._names: set[str] = set()
        self._names_alone: set[str] = set()
        for row in rows:
            self._people.add(row.person)
            self._names.add(row.name)
            if not row.email:
                self._names_alone.add(row.name)

    def __contains__(self, row: Row) -> bool:
        return row.person in self._people or row.name in (
            self._names_alone if row.email else self._names
        )
