"""Sharing a page by a link, ending that, and opening it."""

from contextlib import suppress
from datetime import timedelta

from rollbook.domain.audit import Action
from rollbook.domain.errors import Conflict, NotFound, StoreUnavailable, Unauthorized
from rollbook.domain.organizations import Organization
from rollbook.domain.period import day_lived, end_of_day, time_zone
from rollbook.domain.sharing import (
    SharedLink,
    SharedView,
    checked_until,
    link_named,
)
from rollbook.domain.tokens import new_token, org_id_of_token, token_hash
from rollbook.service.organizations.ports import Organizations
from rollbook.service.organizations.share_ports import SharedLinks
from rollbook.service.organizations.sign_in import Entered

MOST_LINKS = 500
"""Links of an organization at a time: the page that ends them shows them all."""

_DAY_MS = 86_400_000


async def share(
    organizations: Organizations, entered: Entered, view: SharedView, until: str, now: int
) -> str:
    """Share a page up to the end of a day; answers the token of its link, shown this once.

    Raises InvalidInput for another day than one of the next 90, and Conflict where there are too many.
    """
    organization, token = entered.organization, new_token(entered.organization.org_id)
    last = checked_until(until, day_lived(now, time_zone(organization.time_zone)))
    end = end_of_day(last, organization.time_zone)
    hashed, by = token_hash(token), (entered.user.user_id if entered.user else None)
    async with organizations.changing(organization.org_id) as change:
        if view.uid is not None and await change.erased([view.uid]):
            raise NotFound("this person was erased")
        if await change.count_shared(now) >= MOST_LINKS:
            raise Conflict(f"there are {MOST_LINKS} shared links: end some of them first")
        await change.add_shared(hashed, view, (by, entered.key_hash), now, end)
        what = f"{link_named(hashed)}: a {view.page.value}, until {last.isoformat()}"
        await change.note(Action.LINK_SHARED, what)
    return token


async def end_link(organizations: Organizations, org_id: str, hashed: str) -> None:
    """Let a link lead nowhere, from now on. Raises NotFound."""
    async with organizations.changing(org_id) as change:
        if not await change.end_shared(hashed):
            raise NotFound("there is no such shared link any more")
        await change.note(Action.LINK_REVOKED, link_named(hashed))


async def open_link(
    organizations: Organizations, links: SharedLinks, token: str, now: int
) -> tuple[Organization, SharedLink]:
    """The organization and the page that a link leads to. Raises Unauthorized: why not is not told."""
    org_id, hashed = org_id_of_token(token), token_hash(token)
    link = None if org_id is None else await links.link(org_id, hashed, now)
    if org_id is None or link is None or not link.works:
        raise Unauthorized
    organization = await organizations.organization(org_id)
    if organization is None:
        raise Unauthorized
    day = now - now % _DAY_MS
    if link.opened_at != day:
        with suppress(StoreUnavailable):  # who reads is not kept from it by what cannot be written
            await links.opened(org_id, hashed, day)
    return organization, link


def usual_until(organization: Organization, now: int, days: int) -> str:
    """The day that a form proposes."""
    return (day_lived(now, time_zone(organization.time_zone)) + timedelta(days=days)).isoformat()
