"""What a request for a page says, and who is in front of it."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qs

from rollbook.domain.organizations import Organization
from rollbook.web.http.services import AnyRequest

PLACE_COOKIE = "rollbook_place"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in: an organization by one of its keys, and the token of their forms."""

    organization: Organization
    key_hash: str
    form_token: str
    place: str | None
    """As in which place dates and numbers are written for them."""


def signed_in_of(request: AnyRequest) -> SignedIn:
    """Who asks; every page behind the sign-in has one."""
    return cast("SignedIn", request.state.signed_in)


def place_of(request: AnyRequest) -> str | None:
    """The place that somebody chose for this browser."""
    return request.cookies.get(PLACE_COOKIE)


async def form_of(request: AnyRequest) -> dict[str, str]:
    """The fields of a form that was sent; of a repeated one the last."""
    fields = parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def asked(request: AnyRequest, name: str, default: str = "") -> str:
    """A parameter of the query, trimmed."""
    value = request.query_params.get(name, default)
    return value.strip() if isinstance(value, str) else default


LONGEST_SEARCH = 256
"""Letters of a search that are looked at."""


def asked_number(request: AnyRequest, name: str, default: int, least: int, most: int) -> int:
    """A whole number from the query, forced into bounds: a bookmark never breaks for it."""
    text = asked(request, name)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 15 else default
    return max(least, min(most, number))
