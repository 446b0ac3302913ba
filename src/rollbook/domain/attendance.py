"""Attendance: what an organization's rule makes of a class and the people in it."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from enum import StrEnum

from rollbook.domain.classes import GAP_MS, HeldClass
from rollbook.domain.credits import CreditRule, rounded_quotient
from rollbook.domain.errors import InvalidInput
from rollbook.domain.report import session_line
from rollbook.domain.stays import Span, Stay, Times, cut_to, merged, spans, times
from rollbook.domain.values import value


class Verdict(StrEnum):
    """What a school writes down of a person in a class."""

    PRESENT = "present"
    PARTLY = "partly"
    ABSENT = "absent"
    EXCUSED = "excused"
    """Absent, or there for too little, and excused from it."""


MOST_MINUTES = 600
"""Of each of the times in a rule."""


@value
class AttendanceRule:
    """Present is who was there for `share` percent of the class.

    `late` and `early` are minutes that are forgiven at its two ends, `gap` those for which less than
    half of the people were there when another class began.
    """

    share: int = 75
    late: int = 10
    early: int = 10
    gap: int = GAP_MS // 60_000


RULE_BOUNDS: Mapping[str, tuple[int, int]] = {
    "share": (0, 100),
    "late": (0, MOST_MINUTES),
    "early": (0, MOST_MINUTES),
    "gap": (1, MOST_MINUTES),
}
"""The least and the greatest that each number of a rule may be."""


@value
class AskedRule:
    """The numbers of a rule that a question names; None: as it is without being asked."""

    share: int | None = None
    late: int | None = None
    early: int | None = None
    gap: int | None = None

    @property
    def told(self) -> dict[str, int]:
        """The numbers that are named."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class RuleFrom(StrEnum):
    """Who says by which rule a class is judged: the nearest of these that says anything."""

    REQUEST = "request"
    """The question changes at least one number of the rule that would hold without it."""

    ROOM = "room"
    ORGANIZATION = "organization"
    DEFAULT = "default"


@value
class SetRule:
    """A rule that was set for a room or an organization, by whom and when (ms UTC)."""

    rule: AttendanceRule
    by: str
    at: int


@value
class UsedRule:
    """The rule by which classes are judged, whence it is, and as what it was set, if it was."""

    rule: AttendanceRule
    whence: RuleFrom
    as_set: SetRule | None = None


def rule_of(
    asked: AskedRule, room: SetRule | None = None, organization: SetRule | None = None
) -> UsedRule:
    """The rule that holds: the room's before the organization's, and what is asked before both."""
    used = UsedRule(AttendanceRule(), RuleFrom.DEFAULT)
    if organization is not None:
        used = UsedRule(organization.rule, RuleFrom.ORGANIZATION, organization)
    if room is not None:
        used = UsedRule(room.rule, RuleFrom.ROOM, room)
    wanted = replace(used.rule, **asked.told)
    return used if wanted == used.rule else UsedRule(wanted, RuleFrom.REQUEST)


def checked_rule(rule: AttendanceRule) -> AttendanceRule:
    """A rule. Raises InvalidInput for a number that no rule has."""
    for name, (least, most) in RULE_BOUNDS.items():
        if not least <= getattr(rule, name) <= most:
            message = f"{name} must be a whole number from {least} to {most}"
            raise InvalidInput(message, field=name)
    return rule


@value
class Rules:
    """What a class is judged by."""

    attendance: AttendanceRule
    credits: CreditRule


@value
class Attended:
    """A person in a class. Instants in ms UTC, time in seconds, `share` in percent of the class.

    `first_join`, `last_leave`, `times` and `credits` are of the stays as they were, also before and
    after the class; `share`, `late` and `early` of what of them lies in it. Those two are seconds,
    and 0 where they are forgiven, or where nobody can tell yet. `last_leave` is None for who is
    there still.
    """

    stays: Sequence[Stay]
    first_join: int
    last_leave: int | None
    times: Times
    share: int
    late: int
    early: int
    verdict: Verdict
    credits: int

    @property
    def person(self) -> Stay:
        """A stay that tells who it is."""
        return self.stays[0]


def attendance(
    held: HeldClass, rules: Rules, now: int, excused: Container[str] = frozenset()
) -> list[Attended]:
    """Who was in a class, in the order in which they came; `excused` are uids."""
    by_person: dict[str, list[Stay]] = {}
    for stay in held.stays:
        by_person.setdefault(stay.uid, []).append(stay)
    return [
        _attended(own, held.span, rules, now, excused=uid in excused)
        for uid, own in by_person.items()
    ]


def _attended(
    stays: Sequence[Stay], span: Span, rules: Rules, now: int, *, excused: bool
) -> Attended:
    inside = merged(cut_to(spans(stays, now), span))
    still = any(stay.left_at is None for stay in stays)
    share = _share(sum(end - start for start, end in inside), span)
    late, early = _missed(inside, span, rules.attendance)
    return Attended(
        stays,
        stays[0].joined_at,
        None if still else max(stay.end(now) for stay in stays),
        times(stays, now),
        share,
        late,
        0 if still else early,
        _verdict(share, inside, rules.attendance, excused=excused),
        sum(_credits(stays, rules.credits, now)),
    )


def _share(present: int, span: Span) -> int:
    return rounded_quotient(present * 100, max(1, span[1] - span[0]))


def _missed(inside: Sequence[Span], span: Span, rule: AttendanceRule) -> tuple[int, int]:
    """Seconds of the beginning and of the end of a class; who was not in it missed neither."""
    if not inside:
        return 0, 0
    late, early = inside[0][0] - span[0], span[1] - inside[-1][1]
    return _beyond(late, rule.late), _beyond(early, rule.early)


def _beyond(amount: int, grace: int) -> int:
    return amount // 1000 if amount // 60_000 > grace else 0


def _verdict(share: int, inside: Sequence[Span], rule: AttendanceRule, *, excused: bool) -> Verdict:
    if inside and share >= rule.share:
        return Verdict.PRESENT
    if excused:
        return Verdict.EXCUSED
    return Verdict.PARTLY if inside else Verdict.ABSENT


def _credits(stays: Iterable[Stay], rule: CreditRule, now: int) -> Iterable[int]:
    for stay in stays:
        yield session_line(stay.joined_at, stay.left_at, None, rule, now).credits
