"""Pages out of templates, with the headers that every page has."""

from collections.abc import Mapping
from functools import cache, partial
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response

from rollbook import __version__
from rollbook.domain.period import time_zone
from rollbook.web.dashboard import words
from rollbook.web.dashboard.assets import asset_url
from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.dashboard.sealed_addresses import in_address
from rollbook.web.http.services import AnyRequest, services_of

SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), "
        "publickey-credentials-get=(), browsing-topics=()"
    ),
    "Referrer-Policy": "same-origin",
}
HTML = "text/html"
_OF_URLS = "%/:?#[]@!$&'()*+,;=~"


def url(path: str, **query: object) -> str:
    """A link; parameters without a value are left out, and those that name people are sealed."""
    kept = {
        name: in_address(name, value) for name, value in query.items() if value not in {None, ""}
    }
    return f"{path}?{urlencode(kept)}" if kept else path


def page(request: AnyRequest, template: str, status: int = 200, **context: object) -> Response[str]:
    """A page for somebody who is signed in."""
    signed_in = signed_in_of(request)
    now, zone = services_of(request).now(), time_zone(signed_in.organization.time_zone)
    own = {
        "signed_in": signed_in,
        "organization": signed_in.organization,
        "path": request.url.path,
        "may": signed_in.may,
        "now": now,
        "here": partial(_here, request),
        "moment": partial(words.moment, zone=zone),
        "clock": partial(words.clock_time, zone=zone),
        "day": partial(words.day, zone=zone),
        "full_day": lambda instant: words.whole_day(words.local(instant, zone).date()),
        "iso_day": partial(words.iso_day, zone=zone),
        "ago": partial(words.ago, now=now),
    }
    return _answer(template, status, {}, own | context)


def bare_page(
    template: str, status: int = 200, headers: Mapping[str, str] | None = None, **context: object
) -> Response[str]:
    """A page that needs nobody to be signed in."""
    return _answer(template, status, headers or {}, context)


def part(template: str, **context: object) -> str:
    """The HTML of a part of a page."""
    return _environment().get_template(template).render(context)


def _answer(
    template: str, status: int, headers: Mapping[str, str], context: Mapping[str, object]
) -> Response[str]:
    return Response(
        part(template, **context),
        status_code=status,
        media_type=HTML,
        headers={**SECURITY, **headers},
    )


def redirect(to: str) -> Response[str]:
    """Go on there, and ask anew: a form that was sent is not sent again by going back."""
    # What a URL cannot hold is written as browsers would: no header has a place for it.
    headers = {**SECURITY, "Location": quote(to, safe=_OF_URLS)}
    return Response("", status_code=303, headers=headers, media_type=HTML)


def _here(request: AnyRequest, **changes: object) -> str:
    """This page with other parameters."""
    query = dict(request.query_params.items())
    return url(request.url.path, **{**query, **changes})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("rollbook.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        asset=asset_url,
        url=url,
        in_address=in_address,
        version=__version__,
        plural=words.plural,
        LEFT_BY=words.LEFT_BY,
    )
    environment.globals.update(
        JOINED_BY=words.JOINED_BY,
        percent=words.percent,
        change=words.change,
        credit_rule=words.credit_rule,
        roughly=words.roughly,
    )
    environment.filters.update(
        number=words.number,
        duration=words.duration,
        day=words.whole_day,
        days=words.days,
        month=words.month,
        wall=words.wall_time,
    )
    return environment
