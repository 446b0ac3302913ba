"""What a shared link leads to: one page of paper, as it was frozen, for who does not sign in.

The link stands in the query, which no log of ours writes. Nothing of the dashboard is reached from here:
the page is asked with what the link says, by somebody without any right.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from litestar import Request, Response

from rollbook.domain.audit import Action, Entry
from rollbook.domain.errors import InvalidInput, NotFound, Unauthorized
from rollbook.domain.organizations import Organization
from rollbook.domain.sharing import SharedLink, SharedPage, SharedView
from rollbook.service.organizations.attempts import BY_HAND
from rollbook.service.organizations.sharing import open_link
from rollbook.service.organizations.sign_in import Entered, Known
from rollbook.web.dashboard.long_pages import Handler
from rollbook.web.dashboard.notation import write_as_in
from rollbook.web.dashboard.pages import bare_page
from rollbook.web.dashboard.prints import class_paper, person_paper, sheet_paper
from rollbook.web.dashboard.requests import SignedIn, asked
from rollbook.web.dashboard.sign_in import asking
from rollbook.web.http.doers import doer_of
from rollbook.web.http.long_reads import ReaderLeft, for_nobody
from rollbook.web.http.rate_limits import count_request
from rollbook.web.http.services import AnyRequest, readable, services_of

PATH = "/shared"

_LONGEST_LINK = 200
_PAPERS: Mapping[SharedPage, Handler[Response[str]]] = {
    SharedPage.PERSON: person_paper,
    SharedPage.CLASS: class_paper,
    SharedPage.SHEET: sheet_paper,
}
_HIDDEN = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@readable(PATH)
async def shared_page(request: AnyRequest) -> Response[str] | Response[bytes]:
    """The page of a link; whatever is wrong with a link, the answer is the same."""
    try:
        organization, link = await _opened(request)
        answer = await _paper(request, organization, link)
    except (Unauthorized, InvalidInput, NotFound):
        return bare_page("shared_gone.html", 404, _HIDDEN)
    except ReaderLeft:
        return for_nobody()
    answer.headers.update(_HIDDEN)
    return answer


async def _opened(request: AnyRequest) -> tuple[Organization, SharedLink]:
    """Where a link leads. Raises Unauthorized, TooManyAttempts."""
    services, given = services_of(request), asked(request, "link")[:_LONGEST_LINK]
    pages, now, client = asking(request)
    with pages.attempts.attempt(client, given, now, BY_HAND):
        token = pages.signer.shared_token(given)
        organization, link = await open_link(services.organizations, pages.shared_links, token, now)
    org_id = organization.org_id
    await count_request(services.request_limits, request.scope, org_id, now)
    doer = doer_of(request.scope, services.proxies, link.known_as)
    services.tell(Entry(org_id, now, Action.LINK_OPENED, doer, f"a {link.view.page.value}"))
    return organization, link


async def _paper(
    request: AnyRequest, organization: Organization, link: SharedLink
) -> Response[str]:
    """The page, read in turn and in time like those of whoever is signed in."""
    write_as_in(organization.locale)
    reads = services_of(request).long_reads(organization.org_id)
    async with reads.page(request.receive):
        return await _PAPERS[link.view.page](_asked_for(request, organization, link.view))


def _asked_for(request: AnyRequest, organization: Organization, view: SharedView) -> AnyRequest:
    """The request that the page would have had, of somebody who has no right at all."""
    nobody = Known(Entered(organization), "", frozenset(), 0)
    scope = request.scope | {
        "query_string": urlencode(view.query).encode(),
        "state": {"signed_in": SignedIn(nobody, "", None)},
    }
    return Request(scope)
