"""Numbers, times and names as people write them."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from rollbook.domain.audit import Action
from rollbook.domain.credits import CreditRule, Rounding, rounded_quotient
from rollbook.domain.instants import to_datetime
from rollbook.domain.period import Period, day_lived
from rollbook.web.dashboard.notation import notation

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000


def number(value: int) -> str:
    """12,345 with a thin space, or as the reader's place writes it."""
    return notation().number(value)


def duration(seconds: int) -> str:
    """`1 h 05 min`, or with seconds where it is short."""
    if seconds < 60:
        return f"{seconds} s"
    minutes = rounded_quotient(seconds, 60) if seconds >= 600 else seconds // 60
    if minutes >= 60:
        return f"{number(minutes // 60)} h {minutes % 60:02} min"
    return f"{minutes} min" if seconds >= 600 else f"{minutes} min {seconds % 60:02} s"


def local(instant: int, zone: ZoneInfo) -> datetime:
    return to_datetime(instant).astimezone(zone)


def moment(instant: int, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """`Mon 24 Nov 2026, 09:05`."""
    return notation().moment(local(instant, zone), seconds=seconds)


def day(instant: int, zone: ZoneInfo) -> str:
    """`Mon 24 Nov`, where the year is said beside it."""
    return notation().day_of_year(local(instant, zone).date())


def whole_day(day: date) -> str:
    """`Mon 24 Nov 2026`."""
    return notation().day(day)


def days(shown: Period) -> str:
    """`1 to 24 Nov 2026` with a dash, or the day, where it is one alone."""
    return notation().days(shown.first, shown.last)


def month(day: date) -> str:
    """`November 2026`."""
    return notation().month(day)


def clock_time(instant: int, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """`09:05`, or `09:05:30`."""
    return notation().clock(local(instant, zone), seconds=seconds)


def wall_time(at: time) -> str:
    """`09:05`, of any day."""
    return notation().clock(datetime.combine(date.min, at))


def iso_day(instant: int, zone: ZoneInfo) -> str:
    """`2026-11-24`: the day as a query names it."""
    return day_lived(instant, zone).isoformat()


def ago(instant: int, now: int) -> str:
    """How long ago, roughly."""
    return f"{roughly(now - instant)} ago" if now - instant >= _MINUTE else "just now"


def roughly(milliseconds: int) -> str:
    """`3 hours`: how long something lasted, in the largest unit that fits."""
    for unit, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if milliseconds >= unit:
            return plural(milliseconds // unit, word)
    return "less than a minute"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 session`, `2 sessions`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def percent(part: int, whole: int) -> str:
    """`83 %`, rounded half up."""
    return notation().percent(rounded_quotient(100 * part, whole))


def change(value: int, before: int) -> str:
    """`+99 %`, `0 %` for next to nothing, or a dash where there is nothing to compare with."""
    if before == 0:
        return "\N{EN DASH}"
    share = percent(abs(value - before), before)
    # Less than half a percent has no direction.
    if share == percent(0, 1):
        return share
    sign = "+" if value > before else "\N{MINUS SIGN}"
    return f"{sign}{share}"


_ROUNDINGS = {
    Rounding.UP: "every minute begun is a credit",
    Rounding.HALF_UP: "a minute is a credit from its 30th second on",
    Rounding.DOWN: "only whole minutes are credits",
}


def credit_rule(rule: CreditRule) -> str:
    """The rule as a sentence without its capital and full stop."""
    text = f"{_ROUNDINGS[rule.rounding]}, session by session"
    if rule.minimum_seconds == 0:
        return text
    return f"{text}; sessions under {duration(rule.minimum_seconds)} cost nothing"


JOINED_BY: Mapping[int, str] = {
    0: "not known",
    1: "told afterwards by the platform",
    2: "seen as it happened",
}
DONE: Mapping[Action, str] = {
    Action.SIGNED_IN: "Signed in",
    Action.SIGN_IN_REFUSED: "Sign-in refused",
    Action.LOCKED_OUT: "Locked out",
    Action.SIGNED_OUT: "Signed out",
    Action.ORGANIZATION_ADDED: "Organization made",
    Action.ORGANIZATION_DELETED: "Organization deleted",
    Action.KEY_ADDED: "Key made",
    Action.KEY_REVOKED: "Key ended",
    Action.USER_INVITED: "User invited",
    Action.USER_JOINED: "Invitation used",
    Action.LINK_SHARED: "Page shared by a link",
    Action.LINK_REVOKED: "Shared link ended",
    Action.LINK_OPENED: "Shared link opened",
    Action.USER_CHANGED: "User changed",
    Action.USER_DELETED: "User deleted",
    Action.PASSWORD_CHANGED: "Password changed",
    Action.SIGN_INS_ENDED: "Signed out",
    Action.CONFIRMED: "Key or password asked for again",
    Action.PROVIDER_SET: "Provider of sign-ins set",
    Action.SOURCE_ADDED: "Source added",
    Action.SOURCE_CHANGED: "Source changed",
    Action.SOURCE_DELETED: "Source deleted",
    Action.SECRET_ROTATED: "Secret rotated",
    Action.SETTING_CHANGED: "Setting changed",
    Action.LIMITS_CHANGED: "Limits changed",
    Action.ROSTER_CHANGED: "Roster changed",
    Action.SCHEDULE_CHANGED: "Schedule changed",
    Action.CLASS_KEPT: "Times of a class kept",
    Action.CLASS_TAKEN_BACK: "Times of a class taken back",
    Action.EXCUSED: "Somebody excused",
    Action.EXCUSE_TAKEN_BACK: "Excuse taken back",
    Action.IMPORTED: "File imported",
    Action.IMPORT_UNDONE: "Import taken back",
    Action.EXPORTED: "File taken away",
    Action.ERASED: "Person erased",
    Action.SECRET_KEY_CHANGED: "Secret key changed",
}
LEFT_BY: Mapping[int, str] = {
    1: "timed out: nobody said that it ended",
    2: "the platform no longer listed this person",
    3: "the room ended",
    4: "the same person joined again",
    5: "seen as it happened",
    6: "corrected by a person",
}
