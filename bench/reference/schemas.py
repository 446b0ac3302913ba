"""The request and the answers as pydantic models."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Instant = Annotated[datetime, PlainSerializer(_instant, return_type=str)]


class Model(BaseModel):
    """Fields are written in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class SessionsRequest(Model):
    """The question."""

    uid: str = Field(min_length=1, max_length=256)
    room_id: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    timezone: str | None = None
    page: int = Field(1, ge=1)
    limit: int = Field(10, ge=1, le=10)


class ParticipantOut(Model):
    """Who the participant is."""

    uid: str
    name: str | None
    role: Literal["TEACHER", "STUDENT", "MODERATOR", "ADMIN"] | None


class SessionOut(Model):
    """One session; `duration` in seconds."""

    joined_at: Instant
    left_at: Instant | None
    duration: int
    credits_consumed: int
    ip_address: str | None
    is_active: bool


class RoomGroupOut(Model):
    """A room with its newest sessions."""

    room_id: str
    room_title: str | None
    sessions: list[SessionOut]
    total_duration: int
    total_credits: int
    session_count: int
    average_duration: int


class RoomOut(Model):
    """The room of a single-room answer."""

    room_id: str
    room_title: str | None
    total_duration: int
    total_credits: int
    average_duration: int


class DateRangeOut(Model):
    """The days that the answer covers."""

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")


class SummaryOut(Model):
    """The sums over all sessions."""

    total_sessions: int
    total_duration: int
    total_credits: int
    rooms_attended: int
    average_duration: int
    date_range: DateRangeOut


class RoomsPageOut(Model):
    """Which page of the rooms this is."""

    page: int
    limit: int
    total_rooms: int
    has_more: bool


class SessionsPageOut(Model):
    """Which page of the room's sessions this is."""

    page: int
    limit: int
    total: int
    has_more: bool


class GroupedData(Model):
    """Sessions grouped by room."""

    participant: ParticipantOut
    room_groups: list[RoomGroupOut]
    summary: SummaryOut
    pagination: RoomsPageOut


class RoomData(Model):
    """Sessions of one room."""

    participant: ParticipantOut
    room: RoomOut
    sessions: list[SessionOut]
    summary: SummaryOut
    pagination: SessionsPageOut


class Answer(Model):
    """The envelope of both views."""

    success: bool = True
    message: str = "Sessions retrieved successfully"
    data: GroupedData | RoomData
