"""What the pages work with, and who is in front of them."""

from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qs

from rollbook.domain.organizations import Organization
from rollbook.service.dashboard.ports import Browsing
from rollbook.service.dashboard.visitors import Attempts, Visitors
from rollbook.service.upkeep_ports import RetentionStore
from rollbook.web.dashboard.seal import Seal
from rollbook.web.services import AnyRequest

_LOOPBACK = {"127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Desk:
    """The dashboard's own services."""

    browsing: Browsing
    retention: RetentionStore
    visitors: Visitors
    seal: Seal
    attempts: Attempts = field(default_factory=Attempts)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in: an organization by one of its keys, and the token of their forms."""

    organization: Organization
    key_hash: str
    form_token: str


def desk_of(request: AnyRequest) -> Desk:
    return cast("Desk", request.app.state.services.desk)


def visitor_of(request: AnyRequest) -> Visitor:
    """Who asks; every page behind the sign-in has one."""
    return cast("Visitor", request.state.visitor)


async def form_of(request: AnyRequest) -> dict[str, str]:
    """The fields of a form that was sent; of a repeated one the last."""
    fields = parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def asked(request: AnyRequest, name: str, default: str = "") -> str:
    """A parameter of the query, trimmed."""
    value = request.query_params.get(name, default)
    return value.strip() if isinstance(value, str) else default


def asked_number(request: AnyRequest, name: str, default: int, least: int, most: int) -> int:
    """A whole number from the query, forced into bounds: a bookmark never breaks for it."""
    text = asked(request, name)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 15 else default
    return max(least, min(most, number))


def behind_tls(request: AnyRequest) -> bool:
    """Whether the browser speaks TLS, with us or with a proxy in front of us."""
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return (forwarded or request.url.scheme) == "https"


def client_of(request: AnyRequest) -> str:
    """Where a request comes from. Only a proxy on this machine is believed about others."""
    direct = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded if forwarded and direct in _LOOPBACK else direct
