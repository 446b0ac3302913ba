"""Forms that search: what is typed is sent in the body, and the address that follows has it sealed."""

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from rollbook.web.dashboard.lists import KEPT
from rollbook.web.dashboard.pages import redirect, url
from rollbook.web.dashboard.requests import form_of
from rollbook.web.http.services import AnyRequest

_ASKED = (*KEPT, "range", "from", "to", "view")


def _search_of(path: str) -> HTTPRouteHandler:
    @post(path, status_code=200)
    async def search(request: AnyRequest) -> Response[str]:
        """Go to the list with what was searched for."""
        form = await form_of(request)
        return redirect(url(path, **{name: form.get(name, "").strip() for name in _ASKED}))

    return search


search_forms = [_search_of(path) for path in ("/", "/people", "/rooms")]
