"""What the contract asks for: the sessions of a participant, by room or in one room."""

from dataclasses import replace
from typing import Protocol

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.domain.report import (
    MAX_PAGE_SIZE,
    GroupedReport,
    Page,
    Profile,
    RoomGroups,
    RoomReport,
    RoomSessions,
    StoredSessions,
)
from rollbook.domain.values import value
from rollbook.service.reports.ports import Reports, SessionQuery

_ONE_LOOK = 1000
"""Sessions read at once; only a participant with more in the period needs a snapshot."""


@value
class ReportQuestion:
    """Which sessions: whose, of which days, in all rooms or in one; and which page of the answer.

    `page` counts from 1 and `size` is the page's length.
    """

    uid: str
    days: Period
    room_id: str | None = None
    page: int = 1
    size: int = MAX_PAGE_SIZE

    def sessions(self, org_id: str) -> SessionQuery:
        """The sessions of an organization that the question is about."""
        return SessionQuery(org_id, self.uid, self.days.start, self.days.end, self.room_id)


async def rooms_of_participant(
    reports: Reports, organization: Organization, question: ReportQuestion, now: int
) -> GroupedReport:
    """The sessions grouped by room; a page has so many rooms. Raises StoreUnavailable.

    `now` is in milliseconds UTC: sessions still running count up to it.
    """
    groups = RoomGroups(organization.credit_rule, now)
    participant = await _read(reports, question.sessions(organization.org_id), groups)
    rooms = groups.by_latest_join()
    first = (question.page - 1) * question.size
    page = Page(question.page, question.size, len(rooms))
    shown = rooms[first : first + question.size]
    return GroupedReport(participant, question.days, groups.totals(), page, shown)


async def participant_in_room(
    reports: Reports, organization: Organization, question: ReportQuestion, room_id: str, now: int
) -> RoomReport:
    """The sessions in one room; a page has so many sessions. `now` and errors as above."""
    query = replace(question, room_id=room_id).sessions(organization.org_id)
    room = RoomSessions(organization.credit_rule, now, question.page, question.size)
    participant = await _read(reports, query, room)
    title = room.title
    if not room.totals.sessions:
        title = await reports.room_title(query.org_id, room_id)
    page = Page(question.page, question.size, room.totals.sessions)
    return RoomReport(participant, question.days, room.totals, page, room_id, title, room.shown)


class _Collector(Protocol):
    def add(self, sessions: StoredSessions) -> None: ...


async def _read(reports: Reports, query: SessionQuery, collector: _Collector) -> Profile:
    batch = await reports.recent(query, _ONE_LOOK)
    if batch is not None:
        collector.add(batch.sessions)
        return batch.participant
    async with reports.snapshot() as snapshot:
        async for part in snapshot.newest_first(query):
            collector.add(part.sessions)
        return await snapshot.profile(query.org_id, query.uid)
