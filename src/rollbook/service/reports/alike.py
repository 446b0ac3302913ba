"""Whether two stores of the same ledger answer alike."""

from rollbook.domain.fields import END_OF_TIME
from rollbook.domain.organizations import Organization
from rollbook.domain.period import open_period
from rollbook.service.reports.participant import ReportQuestion, rooms_of_participant
from rollbook.service.reports.ports import Reports, SessionFilter, Sessions

_SESSIONS = 500
_PEOPLE = 20


async def differing_report(
    organization: Organization,
    stores: tuple[Reports, Sessions],
    others: tuple[Reports, Sessions],
    now: int,
) -> str | None:
    """What of an organization two stores tell differently, in words; None where nothing was found.

    The newest sessions are listed, and the whole history of some people who were in them.
    """
    wanted = SessionFilter(0, END_OF_TIME)
    newest = await stores[1].newest(organization.org_id, wanted, _SESSIONS)
    if newest != await others[1].newest(organization.org_id, wanted, _SESSIONS):
        return "the list of its newest sessions"
    days = open_period(None, None, organization.time_zone)
    for uid in list(dict.fromkeys(session.uid for session in newest))[:_PEOPLE]:
        question = ReportQuestion(uid, days)
        mine = await rooms_of_participant(stores[0], organization, question, now)
        if mine != await rooms_of_participant(others[0], organization, question, now):
            return f"the report about {uid}"
    return None
