"""The route."""

from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from bench.reference import report, schemas
from bench.reference.database import database_session
from bench.reference.models import Organization, Session
from bench.reference.organizations import current_organization

app = FastAPI(openapi_url=None)

Rows = list[tuple[Session, schemas.SessionOut]]


@app.post("/v1/participant/sessions")
async def participant_sessions(
    asked: schemas.SessionsRequest,
    organization: Annotated[Organization, Depends(current_organization)],
    database: Annotated[AsyncSession, Depends(database_session)],
) -> schemas.Answer:
    now = report.now_utc()
    days = report.days_of(asked, organization, now)
    found = await report.find_sessions(database, organization.org_id, asked, days)
    rows = [(session, report.session_out(session, organization, now)) for session in found]
    participant = await report.find_participant(database, organization.org_id, asked.uid, found)
    if asked.room_id is None:
        return schemas.Answer(data=_grouped(participant, rows, asked, days))
    title = await report.find_title(database, organization.org_id, asked.room_id, found)
    return schemas.Answer(data=_one_room(participant, title, rows, asked, days))


@app.get("/readyz")
async def readyz() -> dict[str, bool]:
    return {"success": True}


def _grouped(
    participant: schemas.ParticipantOut,
    rows: Rows,
    asked: schemas.SessionsRequest,
    days: report.Days,
) -> schemas.GroupedData:
    groups = report.grouped(rows)
    first, after = (asked.page - 1) * asked.limit, asked.page * asked.limit
    return schemas.GroupedData(
        participant=participant,
        room_groups=groups[first:after],
        summary=report.summary([session for _, session in rows], len(groups), days),
        pagination=schemas.RoomsPageOut(
            page=asked.page,
            limit=asked.limit,
            total_rooms=len(groups),
            has_more=after < len(groups),
        ),
    )


def _one_room(
    participant: schemas.ParticipantOut,
    title: str | None,
    rows: Rows,
    asked: schemas.SessionsRequest,
    days: report.Days,
) -> schemas.RoomData:
    sessions = [session for _, session in rows]
    sums = report.summary(sessions, min(1, len(sessions)), days)
    first, after = (asked.page - 1) * asked.limit, asked.page * asked.limit
    return schemas.RoomData(
        participant=participant,
        room=schemas.RoomOut(
            room_id=asked.room_id or "",
            room_title=title,
            total_duration=sums.total_duration,
            total_credits=sums.total_credits,
            average_duration=sums.average_duration,
        ),
        sessions=sessions[first:after],
        summary=sums,
        pagination=schemas.SessionsPageOut(
            page=asked.page,
            limit=asked.limit,
            total=len(sessions),
            has_more=after < len(sessions),
        ),
    )
