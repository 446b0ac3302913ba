"""Excuses: who need not be in a class, or in any of some days."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from rollbook.domain.classes import HeldClass
from rollbook.domain.errors import InvalidInput
from rollbook.domain.period import day_lived
from rollbook.domain.said import Said
from rollbook.domain.values import value

MOST_DAYS = 366
"""Of one excuse."""


@value
class Excuse:
    """Somebody is excused from `first` to `last`, both included; from one class, that at `class_at`.

    Days are those on which a class began, in the organization's zone. `room_id` None: in all rooms.
    `class_at` is an instant in the class (ms UTC), and its day is the only one then.
    """

    uid: str
    room_id: str | None
    first: date
    last: date
    class_at: int | None
    said: Said

    def of_class_in(self, room_id: str) -> bool:
        """Whether it is for a single class, of this room."""
        return self.class_at is not None and self.room_id == room_id

    def of(self, held: HeldClass, day: date) -> bool:
        """Whether it is for a class of a room that it is for, which began on a day."""
        if self.class_at is not None:
            return held.start <= self.class_at < max(held.end, held.start + 1)
        return self.first <= day <= self.last


def from_class(uid: str, room_id: str, held: HeldClass, zone: ZoneInfo, said: Said) -> Excuse:
    """An excuse from one class, which is known again by its middle: late events move its ends."""
    day = day_lived(held.start, zone)
    return Excuse(uid, room_id, day, day, (held.start + held.end) // 2, said)


def check_days(first: date, last: date) -> None:
    """Raises InvalidInput for days that are none, or too many."""
    if last < first:
        raise InvalidInput("to must not be before from", field="to")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput(f"from and to must be at most {MOST_DAYS} days apart", field="to")


def excused(excuses: Iterable[Excuse], held: HeldClass, day: date) -> dict[str, Excuse]:
    """Who is excused from a class that began on a day, by uid; of several excuses the last word."""
    found: dict[str, Excuse] = {}
    for one in sorted(excuses, key=lambda one: (one.said.at, one.said.said_id)):
        if one.of(held, day):
            found[one.uid] = one
    return found
