"""Who belongs to a room: said by somebody, from a day on."""

from collections.abc import Mapping
from datetime import date

from rollbook.domain.audit import Action
from rollbook.domain.errors import InvalidInput
from rollbook.domain.rosters import MOST_MEMBERS, Member, changed
from rollbook.service.organizations.ports import Organizations


async def set_roster(
    organizations: Organizations,
    org_id: str,
    room_id: str,
    wanted: Mapping[str, str | None],
    day: date,
) -> list[Member]:
    """Say who belongs to a room from a day on, names by uid; answers those of that day.

    What was said for later is replaced, and what was before stays. Who was erased belongs to it under
    their pseudonym. Raises InvalidInput for too many.
    """
    if len(wanted) > MOST_MEMBERS:
        message = f"members must be at most {MOST_MEMBERS:,} people"
        raise InvalidInput(message, field="members")
    async with organizations.changing(org_id) as change:
        erased = await change.erased(wanted.keys())
        told = {
            erased.get(uid, uid): None if uid in erased else name for uid, name in wanted.items()
        }
        members = changed(await change.roster(room_id), told, day)
        await change.set_roster(room_id, members)
        await change.note(Action.ROSTER_CHANGED, f"room {room_id}")
    return [one for one in members if one.on(day)]
