"""What people say of rooms and of who is excused: each is kept with who said it, and taken back."""

from dataclasses import replace
from typing import TypeVar

from rollbook.domain.attendance import AttendanceRule, SetRule, checked_rule
from rollbook.domain.audit import Action
from rollbook.domain.erasing import ERASED
from rollbook.domain.errors import Conflict, NotFound
from rollbook.domain.excuses import Excuse, check_days
from rollbook.domain.kept import MOST_HOURS, KeptClass, check_times, require_free
from rollbook.domain.values import value
from rollbook.service.organizations.ports import Organizations

MOST_SAID = 300
"""Classes that are said of one room within the three days around a class."""

MOST_EXCUSES = 1_000
"""Excuses of one person that hold at a time."""

Found = TypeVar("Found")

_AROUND_MS = MOST_HOURS * 3_600_000


@value
class Speaker:
    """Who says something, by the name of their key, and when (ms UTC)."""

    by: str
    now: int


async def set_attendance_rule(
    organizations: Organizations,
    org_id: str,
    room_id: str | None,
    rule: AttendanceRule | None,
    speaker: Speaker,
) -> None:
    """Set the rule of a room, or without one of the organization; None: it has none of its own.

    Every class is judged by it from then on, also those of before. Raises InvalidInput.
    """
    set_rule = SetRule(checked_rule(rule), speaker.by, speaker.now) if rule else None
    async with organizations.changing(org_id) as change:
        await change.set_attendance_rule(room_id, set_rule)
        of_room = f" of room {room_id}" if room_id else ""
        await change.note(Action.SETTING_CHANGED, f"attendance rule{of_room}")


async def keep_class(
    organizations: Organizations,
    org_id: str,
    room_id: str,
    kept: KeptClass,
    replaces: str | None = None,
) -> KeptClass:
    """Keep what is said of a class; with `replaces` instead of what was said before, by its id.

    Raises InvalidInput for times that cannot be, NotFound, and Conflict where something is said of a
    part of these times already.
    """
    said = kept.said
    check_times(kept.span, said.at)
    around = (kept.start - _AROUND_MS, kept.end + _AROUND_MS)
    async with organizations.changing(org_id) as change:
        if replaces is not None:
            _found(await change.kept_class(room_id, replaces), "class")
            await change.withdraw_kept(room_id, replaces, said.by, said.at)
        before = await change.kept_between(room_id, around)
        require_free(before, kept.span)
        if len(before) >= MOST_SAID:
            raise Conflict(f"{MOST_SAID} classes are said of these days: take some of them back")
        await change.keep_class(room_id, kept)
        await change.note(Action.CLASS_KEPT, f"room {room_id}")
    return kept


async def take_back_class(
    organizations: Organizations, org_id: str, room_id: str, said_id: str, speaker: Speaker
) -> KeptClass:
    """What was said of a class no longer holds. Raises NotFound."""
    async with organizations.changing(org_id) as change:
        kept = _found(await change.kept_class(room_id, said_id), "class")
        await change.withdraw_kept(room_id, said_id, speaker.by, speaker.now)
        await change.note(Action.CLASS_TAKEN_BACK, f"room {room_id}")
    return kept


async def excuse(organizations: Organizations, org_id: str, wanted: Excuse) -> Excuse:
    """Excuse somebody; who was erased under their pseudonym, without a word of why.

    Raises InvalidInput for days that cannot be, Conflict for too many excuses.
    """
    check_days(wanted.first, wanted.last)
    async with organizations.changing(org_id) as change:
        erased = await change.erased([wanted.uid])
        if wanted.uid in erased:
            said = replace(wanted.said, note=ERASED)
            wanted = replace(wanted, uid=erased[wanted.uid], said=said)
        if len(await change.excuses_of(wanted.uid)) >= MOST_EXCUSES:
            raise Conflict(f"somebody has at most {MOST_EXCUSES:,} excuses: take some of them back")
        await change.add_excuse(wanted)
        await change.note(Action.EXCUSED, _where(wanted))
    return wanted


async def take_back_excuse(
    organizations: Organizations,
    org_id: str,
    which: tuple[str, str],
    speaker: Speaker,
    of_room: str | None = None,
) -> Excuse:
    """An excuse no longer holds: `which` has whose it is, and its id. Raises NotFound.

    With `of_room` none but one from a single class of that room can be meant.
    """
    uid, said_id = which
    async with organizations.changing(org_id) as change:
        held = [
            one
            for one in await change.excuses_of(uid)
            if one.said.said_id == said_id and (of_room is None or one.of_class_in(of_room))
        ]
        found = _found(held[0] if held else None, "excuse")
        await change.withdraw_excuse(uid, said_id, speaker.by, speaker.now)
        await change.note(Action.EXCUSE_TAKEN_BACK, _where(found))
    return found


def _where(excuse: Excuse) -> str:
    """What is noted of an excuse: never whose it is."""
    return f"room {excuse.room_id}" if excuse.room_id else "all rooms"


def _found(found: Found | None, what: str) -> Found:
    if found is None:
        raise NotFound(f"There is no such {what}, or it was taken back")
    return found
