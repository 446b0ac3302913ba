"""What was changed here, and who signed in or took something away: the latest first, page by page."""

import re

from litestar import Response

from rollbook.domain.errors import InvalidInput
from rollbook.web.dashboard import words
from rollbook.web.dashboard.pages import page, url
from rollbook.web.dashboard.requests import asked, signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, readable, services_of

_ON_A_PAGE = 50
_CURSOR = re.compile(r"(\d{1,15})-([a-z2-7]{1,32})", re.ASCII)


@readable("/changes")
async def changes_page(request: AnyRequest) -> Response[str]:
    """Fifty entries, and the way to those before them."""
    services, org_id = services_of(request), signed_in_of(request).organization.org_id
    before = _before(asked(request, "before"))
    found = await services.audit.latest(org_id, before, _ON_A_PAGE + 1)
    shown = found[:_ON_A_PAGE]
    users = await page_services_of(request).users.users(org_id)
    older = f"{shown[-1].entry.at}-{shown[-1].entry_id}" if len(found) > len(shown) else ""
    return page(
        request,
        "changes.html",
        entries=[kept.entry for kept in shown],
        done=words.DONE,
        names={user.known_as: user.name for user in users},
        older=url("/changes", before=older) if older else "",
        first=before is None,
        audit_days=services.audit_days,
    )


def _before(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise InvalidInput("This address leads to no page of changes. Begin with the latest.")
    return int(match[1]), match[2]
