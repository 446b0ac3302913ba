"""What many people's sessions add up to: of a range, or of a person, a room, a day, a role in it."""

from dataclasses import field

from rollbook.domain.credits import CreditRule
from rollbook.domain.report import Totals
from rollbook.domain.values import value


@value
class Counting:
    """Which sessions count, and how: those that joined from `start` (included) to `end`.

    Sessions that run count up to `now`, as `domain.report.session_line` says. Instants in ms UTC.
    """

    org_id: str
    start: int
    end: int
    rule: CreditRule
    now: int


@value
class Use:
    """Sums of sessions, how many of them run, and when somebody was last seen in one (ms UTC).

    `people` and `rooms` are how many there were, where that is counted.
    """

    totals: Totals = field(default_factory=Totals)
    running: int = 0
    last_seen: int = 0
    people: int = 0
    rooms: int = 0
