"""What the contract asks for: the sessions of a participant, by room or in one room."""

from dataclasses import dataclass
from typing import Protocol

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, period
from rollbook.domain.report import (
    GroupedReport,
    Page,
    Profile,
    RoomGroups,
    RoomReport,
    RoomSessions,
    StoredSessions,
)
from rollbook.service.reports.ports import Reports, SessionQuery

_ONE_LOOK = 1000
"""Sessions read at once; only a participant with more in the period needs a snapshot."""


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """A question about a participant, its texts checked but its dates not yet resolved.

    `page` counts from 1 and `size` is the page's length. No time zone: the organization's own.
    """

    uid: str
    room_id: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    time_zone: str | None = None
    page: int = 1
    size: int = 10

    def period(self, organization: Organization, now: int) -> Period:
        """The days that the question is about. Raises InvalidInput."""
        zone = self.time_zone or organization.time_zone
        return period(self.start_date, self.end_date, zone, now)

    def sessions(self, organization: Organization, days: Period) -> SessionQuery:
        """The sessions that the question is about."""
        return SessionQuery(organization.org_id, self.uid, days.start, days.end, self.room_id)


async def participant_report(
    reports: Reports, organization: Organization, question: ReportQuestion, now: int
) -> GroupedReport | RoomReport:
    """Answer a question: grouped by room, or for one room where the question names one.

    `now` is in milliseconds UTC: sessions still running count up to it. Raises InvalidInput for
    dates that make no period, and StoreUnavailable.
    """
    days = question.period(organization, now)
    query = question.sessions(organization, days)
    rule = organization.credit_rule
    if question.room_id is None:
        groups = RoomGroups(rule, now)
        participant = await _read(reports, query, groups)
        return _grouped_report(participant, days, groups, question)
    room = RoomSessions(rule, now, question.page, question.size)
    participant = await _read(reports, query, room)
    title = (
        room.title
        if room.totals.sessions
        else await reports.room_title(query.org_id, question.room_id)
    )
    page = Page(question.page, question.size, room.totals.sessions)
    return RoomReport(participant, days, question.room_id, title, room.shown, room.totals, page)


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


def _grouped_report(
    participant: Profile, days: Period, groups: RoomGroups, question: ReportQuestion
) -> GroupedReport:
    rooms = groups.by_latest_join()
    first = (question.page - 1) * question.size
    page = Page(question.page, question.size, len(rooms))
    shown = rooms[first : first + question.size]
    return GroupedReport(participant, days, shown, groups.totals(), page)
