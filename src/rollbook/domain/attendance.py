"""Attendance: what an organization's rule makes of a class and the people in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rollbook.domain.credits import CreditRule, rounded_quotient
from rollbook.domain.report import session_line
from rollbook.domain.stays import Span, Stay, merged, spans

CLASS_GAP_MS = 20 * 60_000
"""A room that stood empty for longer has begun another class."""


class Verdict(StrEnum):
    """What the rule says of a person in a class."""

    PRESENT = "present"
    RUNNING = "not yet"
    TOO_SHORT = "too short"


@dataclass(frozen=True, slots=True)
class AttendanceRule:
    """Present is who was there for `share` percent of the class; `grace` minutes are forgiven."""

    share: int = 75
    grace: int = 10


@dataclass(frozen=True, slots=True)
class Rules:
    """What a class is judged by."""

    attendance: AttendanceRule
    credits: CreditRule


@dataclass(frozen=True, slots=True)
class Attended:
    """A person in a class. Instants in ms UTC, time in seconds, `share` in percent of the class.

    `late` and `early` are whole minutes beyond the grace, 0 where there are none.
    """

    stays: Sequence[Stay]
    first_join: int
    last_leave: int | None
    raw: int
    merged: int
    share: int
    late: int
    early: int
    verdict: Verdict
    credits: int

    @property
    def person(self) -> Stay:
        """A stay that tells who it is."""
        return self.stays[0]


def classes(stays: Iterable[Stay], now: int) -> list[Span]:
    """The classes that were held in a room, earliest first: when somebody was there."""
    return merged(spans(stays, now), CLASS_GAP_MS)


def attendance(stays: Iterable[Stay], span: Span, rules: Rules, now: int) -> list[Attended]:
    """Who was in a class, in the order in which they came."""
    by_person: dict[str, list[Stay]] = {}
    for stay in sorted(stays, key=lambda stay: (stay.joined_at, stay.session_id)):
        by_person.setdefault(stay.uid, []).append(stay)
    return [_attended(own, span, rules, now) for own in by_person.values()]


def _attended(stays: Sequence[Stay], span: Span, rules: Rules, now: int) -> Attended:
    rule = rules.attendance
    parts = spans(stays, now)
    present = sum(end - start for start, end in merged(parts))
    running = any(stay.left_at is None for stay in stays)
    first, last = parts[0][0], max(end for _, end in parts)
    share = min(100, rounded_quotient(present * 100, max(1, span[1] - span[0])))
    return Attended(
        stays,
        first,
        None if running else last,
        sum((end - start) // 1000 for start, end in parts),
        present // 1000,
        share,
        _minutes_beyond(first - span[0], rule),
        0 if running else _minutes_beyond(span[1] - last, rule),
        _verdict(share, rule, running=running),
        sum(
            session_line(stay.joined_at, stay.left_at, None, rules.credits, now).credits
            for stay in stays
        ),
    )


def _minutes_beyond(amount: int, rule: AttendanceRule) -> int:
    minutes = amount // 60_000
    return minutes if minutes > rule.grace else 0


def _verdict(share: int, rule: AttendanceRule, *, running: bool) -> Verdict:
    if share >= rule.share:
        return Verdict.PRESENT
    return Verdict.RUNNING if running else Verdict.TOO_SHORT
