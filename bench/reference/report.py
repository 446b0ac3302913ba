"""The sessions of a participant: one ORM query, then grouping and sums in Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from bench.reference import schemas
from bench.reference.models import Organization, Participant, Room, Session

_SHOWN_IN_GROUP = 10


@dataclass(frozen=True, slots=True)
class Days:
    """The days that were asked for, in their time zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)


def days_of(asked: schemas.SessionsRequest, organization: Organization, now: datetime) -> Days:
    zone = ZoneInfo(asked.timezone or organization.time_zone)
    first = asked.start_date or now.astimezone(zone).date()
    return Days(first, asked.end_date or first, zone)


async def find_sessions(
    database: AsyncSession, org_id: str, asked: schemas.SessionsRequest, days: Days
) -> Sequence[Session]:
    """The sessions that joined within the days, newest first, with their person and room."""
    statement = (
        select(Session)
        .where(
            Session.org_id == org_id,
            Session.participant_id == asked.uid,
            Session.joined_at >= days.start,
            Session.joined_at < days.end,
        )
        .options(joinedload(Session.participant), joinedload(Session.room))
        .order_by(Session.joined_at.desc(), Session.session_id.desc())
    )
    if asked.room_id is not None:
        statement = statement.where(Session.room_id == asked.room_id)
    return (await database.scalars(statement)).all()


async def find_participant(
    database: AsyncSession, org_id: str, uid: str, sessions: Sequence[Session]
) -> schemas.ParticipantOut:
    """Who the participant is; asked for again only where there are no sessions that tell."""
    known = sessions[0].participant if sessions else await database.get(Participant, (org_id, uid))
    if known is None:
        return schemas.ParticipantOut(uid=uid, name=None, role=None)
    return schemas.ParticipantOut.model_validate(
        {"uid": uid, "name": known.name, "role": known.role}
    )


async def find_title(
    database: AsyncSession, org_id: str, room_id: str, sessions: Sequence[Session]
) -> str | None:
    if sessions:
        return sessions[0].room.title if sessions[0].room else None
    room = await database.get(Room, (org_id, room_id))
    return room.title if room else None


def session_out(session: Session, organization: Organization, now: datetime) -> schemas.SessionOut:
    lasted = (session.left_at or now) - session.joined_at
    seconds = max(0, lasted // timedelta(seconds=1))
    return schemas.SessionOut(
        joined_at=session.joined_at,
        left_at=session.left_at,
        duration=seconds,
        credits_consumed=_credits(seconds, organization),
        ip_address=str(session.ip_address) if session.ip_address else None,
        is_active=session.left_at is None,
    )


def _credits(seconds: int, organization: Organization) -> int:
    if seconds < organization.credit_minimum_seconds:
        return 0
    if organization.credit_rounding == "down":
        return seconds // 60
    return (seconds + 30) // 60 if organization.credit_rounding == "half-up" else -(-seconds // 60)


def grouped(rows: Sequence[tuple[Session, schemas.SessionOut]]) -> list[schemas.RoomGroupOut]:
    """The rooms, latest join first."""
    rooms: dict[str, list[tuple[Session, schemas.SessionOut]]] = {}
    for row in rows:
        rooms.setdefault(row[0].room_id, []).append(row)
    latest_first = sorted(rooms.values(), key=_latest_first)
    return [_group(room) for room in latest_first]


def _latest_first(room: list[tuple[Session, schemas.SessionOut]]) -> tuple[float, str]:
    newest = room[0][0]
    return -newest.joined_at.timestamp(), newest.room_id


def _group(room: list[tuple[Session, schemas.SessionOut]]) -> schemas.RoomGroupOut:
    first = room[0][0]
    sessions = [session for _, session in room]
    seconds = sum(session.duration for session in sessions)
    return schemas.RoomGroupOut(
        room_id=first.room_id,
        room_title=first.room.title if first.room else None,
        sessions=sessions[:_SHOWN_IN_GROUP],
        total_duration=seconds,
        total_credits=sum(session.credits_consumed for session in sessions),
        session_count=len(sessions),
        average_duration=average(seconds, len(sessions)),
    )


def summary(sessions: Sequence[schemas.SessionOut], rooms: int, days: Days) -> schemas.SummaryOut:
    seconds = sum(session.duration for session in sessions)
    return schemas.SummaryOut(
        total_sessions=len(sessions),
        total_duration=seconds,
        total_credits=sum(session.credits_consumed for session in sessions),
        rooms_attended=rooms,
        average_duration=average(seconds, len(sessions)),
        date_range=schemas.DateRangeOut(first=days.first, last=days.last),
    )


def average(seconds: int, sessions: int) -> int:
    """Seconds per session, rounded half up; 0 where there are none."""
    return (2 * seconds + sessions) // (2 * sessions) if sessions else 0


def now_utc() -> datetime:
    return datetime.now(UTC)
