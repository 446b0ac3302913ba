"""Secrets that a page shows once: in a cookie on their way, that is gone once they were seen.

So whoever loads that page anew makes no second one, and nothing keeps what can be made again.
"""

from litestar import Response

from rollbook.domain.values import value
from rollbook.web.dashboard.cookies import SHOWN_MS, given_cookie, set_cookie
from rollbook.web.dashboard.pages import redirect
from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, services_of


@value
class ShownOnce:
    """What one page shows: the name of its cookie, and the path of the page."""

    cookie: str
    path: str

    def led_to(self, request: AnyRequest, secret: str) -> Response[str]:
        """Lead to the page that shows a secret."""
        signer, org_id = page_services_of(request).signer, signed_in_of(request).organization.org_id
        value = signer.shown_once(org_id, secret, services_of(request).now())
        answer = redirect(self.path)
        set_cookie(request, answer, self.cookie, value, SHOWN_MS // 1000)
        return answer

    def secret(self, request: AnyRequest) -> str:
        """What the page has to show now; "" for nothing."""
        signer, org_id = page_services_of(request).signer, signed_in_of(request).organization.org_id
        cookie = given_cookie(request, self.cookie)
        return signer.to_show(cookie, org_id, services_of(request).now()) if cookie else ""

    def seen(self, request: AnyRequest, answer: Response[str]) -> Response[str]:
        """The page, with which the browser forgets it."""
        if given_cookie(request, self.cookie):
            set_cookie(request, answer, self.cookie, "", 0)
        return answer
