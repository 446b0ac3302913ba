"""One person in a range: the API's own report, and what it does not show beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rollbook.domain.organizations import Organization
from rollbook.domain.report import GroupedReport, RoomReport
from rollbook.domain.stays import Stay, Times, TwoPlaces, times, two_places
from rollbook.service.reports.participant import ReportQuestion, participant_report
from rollbook.service.reports.ports import Neighbour, Overviews, Reports

MOST_STAYS = 20_000
"""Stays looked at one by one; sums are of all of them, however many."""

_ADDRESSES = 50
"""Newest sessions whose addresses are compared with others'."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """A report, and the stays behind it, newest first. `cut`: there are older ones too."""

    report: GroupedReport | RoomReport
    stays: Sequence[Stay]
    cut: bool
    times: Times
    two_places: Sequence[TwoPlaces]
    neighbours: Sequence[Neighbour]
    last_seen: int | None


async def person(
    reports: Reports,
    overviews: Overviews,
    organization: Organization,
    question: ReportQuestion,
    now: int,
) -> PersonView:
    """Look at one person. The totals are those that the API answers to the same question."""
    report = await participant_report(reports, organization, question, now)
    days, org_id, uid = report.period, organization.org_id, question.uid
    found = await overviews.stays_of_person(org_id, uid, days.start, days.end, MOST_STAYS + 1)
    stays = found[:MOST_STAYS]
    latest = await overviews.latest_joins(org_id, [uid])
    near = await overviews.neighbours(org_id, uid, days.start, days.end, _ADDRESSES)
    return PersonView(
        report,
        stays,
        len(found) > MOST_STAYS,
        times(stays, now),
        two_places(stays, now),
        near,
        latest.get(uid),
    )


async def rooms_of_person(
    reports: Reports, organization: Organization, question: ReportQuestion, now: int
) -> GroupedReport:
    """All rooms of a person in a range with their totals, on one page."""
    every = replace(question, room_id=None, page=1, size=1_000_000)
    report = await participant_report(reports, organization, every, now)
    if isinstance(report, RoomReport):
        message = "a question without a room is answered by rooms"
        raise TypeError(message)
    return report
