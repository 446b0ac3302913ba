"""Forms that were sent too late: what was typed into them is kept, to be sent again by hand.

A form of another site is none of these: only what a page of ours has sent is shown again, and nothing
is done before somebody has looked at it.
"""

import json
from collections.abc import Mapping

from litestar import Response

from rollbook.domain.values import value
from rollbook.web.dashboard.cookies import same_text
from rollbook.web.dashboard.pages import bare_page
from rollbook.web.dashboard.requests import local_path
from rollbook.web.http.address import public_base
from rollbook.web.http.services import AnyRequest

_LONGEST_SHOWN = 2_000
_MAY_BE_SECRET = ("/sources", "/settings/provider")
_NO_SECRET = {"name", "kind", "issuer", "client_id"}
"""What belongs to a source or a provider may be a secret: it is sent again, and of it this alone shown."""


@value
class LateForm:
    """Where a form went, and what was typed into it."""

    path: str
    fields: Mapping[str, str]

    @property
    def text(self) -> str:
        """The form as a page carries it over the sign-in."""
        return json.dumps([self.path, dict(self.fields)], ensure_ascii=False)


def late_form(path: str, form: Mapping[str, str]) -> LateForm:
    """What is kept of a form: all but the token that came too late, and passwords."""
    kept = {
        name: value for name, value in form.items() if not name.startswith(("token", "password"))
    }
    return LateForm(path, kept)


def told_again(text: str) -> LateForm | None:
    """The form that a page brings back."""
    try:
        path, fields = json.loads(text)
        form = LateForm(path, {str(name): str(value) for name, value in fields.items()})
    except (ValueError, TypeError, AttributeError):
        return None
    return form if isinstance(path, str) and local_path(path) == path else None


def sent_from_here(request: AnyRequest) -> bool:
    """Whether a page of ours sent the form, as browsers tell it."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return same_text(request.headers.get("origin", ""), public_base(request))


def send_again(form: LateForm, token: str, why: str, status: int) -> Response[str]:
    """A page with what was typed, and a button that sends it."""
    secret = form.path.startswith(_MAY_BE_SECRET)
    shown = {
        name: "\N{BULLET}" * 8 if secret and name not in _NO_SECRET else value[:_LONGEST_SHOWN]
        for name, value in form.fields.items()
        if value
    }
    return bare_page("send_again.html", status, form=form, shown=shown, token=token, why=why)
