"""Who belongs to rooms, from a database."""

from datetime import date

from rollbook.domain.rosters import Member
from rollbook.service.reports.class_ports import RoomName
from rollbook.store.engine.database import Database, Reading, Values


class DatabaseRosters:
    """Finds who belongs to a room (reports' ports.Rosters)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def roster(self, org_id: str, room_id: str) -> list[Member]:
        async with self._database.reading() as connection:
            return await fetch_roster(connection, org_id, room_id)

    async def rooms(
        self, org_id: str, first: date, last: date, since: str, most: int
    ) -> list[RoomName]:
        days = {"first_day": first.isoformat(), "last_day": last.isoformat()}
        values = {"org_id": org_id, **days, "since": since, "most": most}
        async with self._database.reading() as connection:
            return [RoomName(*row) for row in await connection.fetch("rooms_with_roster", values)]


async def fetch_roster(connection: Reading, org_id: str, room_id: str) -> list[Member]:
    """Everybody who ever belonged to a room, and when, by uid."""
    rows = await connection.fetch("roster", {"org_id": org_id, "room_id": room_id})
    return [
        Member(uid, name, date.fromisoformat(first), date.fromisoformat(last) if last else None)
        for uid, name, first, last in rows
    ]


def roster_row(org_id: str, room_id: str, member: Member) -> Values:
    """A member as the database keeps them."""
    return {
        "org_id": org_id,
        "room_id": room_id,
        "participant_id": member.uid,
        "first_day": member.first.isoformat(),
        "last_day": member.last.isoformat() if member.last else None,
        "name": member.name,
    }
