"""Forms with a mistake in them: what was typed stays, to be mended and sent again.

A page with a large form shows itself again (`Refused`). Every other form is shown by a page of its own:
what people type in fields, and what only the form knows as it was.
"""

from collections.abc import Mapping
from typing import NamedTuple

from litestar import Response

from rollbook.domain.errors import InvalidInput
from rollbook.domain.values import value
from rollbook.web.dashboard.pages import page
from rollbook.web.http.services import AnyRequest


class _Field(NamedTuple):
    label: str
    kind: str = "number"


_TYPED: Mapping[str, _Field] = {
    "note": _Field("Why", "text"),
    "left": _Field("It ended at", "datetime-local"),
    "label": _Field("What the key is for", "text"),
    "expires": _Field("The last day on which the key works", "date"),
    "until": _Field("The last day on which the link leads there", "date"),
    "name": _Field("Name", "text"),
    "email": _Field("E-mail address", "email"),
    "again": _Field("The person's id, typed once more", "text"),
    "term_first": _Field("First day of the term", "date"),
    "term_last": _Field("Last day of the term", "date"),
    "share": _Field("Present from (% of the class)"),
    "late": _Field("Late beyond (minutes)"),
    "early": _Field("Left early beyond (minutes)"),
    "gap": _Field("Another class after a pause of (minutes)"),
    "minimum": _Field("Sessions shorter than this cost nothing (seconds)"),
    "address_days": _Field("IP addresses, in days after the session began"),
    "agent_days": _Field("User agents, in days after the session began"),
    "payload_days": _Field("Events as the platforms sent them, in days after they came"),
    "people_days": _Field("Who people are, in days after they joined last"),
}
_SHOWN_AGAIN = {
    "/session",
    "/settings",
    "/settings/kept",
    "/settings/keys",
    "/users",
    "/room/rule",
    "/room/class",
    "/person/excuses",
    "/person/erase",
    "/share",
}
"""Where forms go that have no secret in them: others are not carried to another page."""


@value
class Refused:
    """What was typed into a form, and what is wrong with it."""

    problem: str
    form: Mapping[str, str]

    def typed(self, name: str, usual: str = "", **of: str) -> str:
        """What stands in a field of the form that has these other fields, else what usually does."""
        own = self.problem and all(self.form.get(other) == value for other, value in of.items())
        return self.form.get(name, "") if own else usual


NOTHING_REFUSED = Refused("", {})
"""For a page as it is opened."""


def note_form(request: AnyRequest, form: Mapping[str, str]) -> None:
    """Keep what was sent, for the page that tells of a mistake in it."""
    request.state.form = {name: value for name, value in form.items() if name != "token"}


def shown_again(request: AnyRequest, error: Exception) -> Response[str] | None:
    """The page with the form that was refused; None where nothing of it is to be shown."""
    form: Mapping[str, str] | None = getattr(request.state, "form", None)
    if not isinstance(error, InvalidInput) or not form or request.url.path not in _SHOWN_AGAIN:
        return None
    fields = {name: _TYPED[name] for name in form if name in _TYPED}
    if not fields:
        return None
    hidden = {name: value for name, value in form.items() if name not in fields}
    return page(
        request,
        "form_refused.html",
        400,
        problem=error.message,
        fields=fields,
        form=form,
        hidden=hidden,
    )
