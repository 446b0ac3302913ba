"""A list of sessions, newest first: the way from a row to its explanation."""

from collections.abc import Sequence

from rollbook.domain.organizations import Organization
from rollbook.domain.values import value
from rollbook.service.reports.ports import ListedSession, Place, SessionFilter, Sessions


@value
class SessionsPage:
    """Some sessions, newest first, and the place before which the next page begins, if any."""

    sessions: Sequence[ListedSession]
    following: Place | None


async def sessions_page(
    sessions: Sessions, organization: Organization, wanted: SessionFilter, size: int
) -> SessionsPage:
    """The newest sessions that are wanted, at most `size` of them.

    A page begins at a place in the order and not after so many sessions. So whoever goes from page
    to page sees each session that was there once, however many come in meanwhile.
    """
    found = await sessions.newest(organization.org_id, wanted, size + 1)
    shown = found[:size]
    return SessionsPage(shown, shown[-1].place if len(found) > size else None)
