"""What a list was asked for, and how pages of what is in it lead back to just that list."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from rollbook.web.dashboard.pages import url
from rollbook.web.dashboard.requests import asked
from rollbook.web.http.services import AnyRequest

KEPT = ("q", "sort", "order", "role", "teacher", "who")
"""Of a list, besides its range, which pages have in common, and its page, which another range has not."""

_LONGEST = 1_000


def kept_of(request: AnyRequest) -> dict[str, str]:
    """What a list was asked for, which its own links and files are asked for too."""
    return {name: asked(request, name) for name in KEPT if asked(request, name)}


def as_list(kept: Mapping[str, str]) -> str:
    """The same as its rows take it along, as `list` of their own addresses."""
    return urlencode(kept)


def back_to(request: AnyRequest, path: str, days: Mapping[str, str]) -> str:
    """The list at `path` that somebody came from, in the range that they look at now."""
    told = parse_qsl(asked(request, "list")[:_LONGEST])
    return url(path, **{name: value for name, value in told if name in KEPT}, **days)
