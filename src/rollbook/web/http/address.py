"""Where the service is reached: the one reading of what proxies tell.

The setting ROLLBOOK_PUBLIC_URL wins over all. Without it each part of the address is the first
that is told, in the headers X-Forwarded-Proto, -Host, -Port and -Prefix, then in Forwarded (RFC
7239), then by the request itself. Of a list the first value counts: the outermost proxy wrote it.
Proxies that are not trusted (clients.py) tell nothing.
"""

import re
from collections.abc import Mapping

from rollbook.web.http.services import AnyRequest, services_of

_SCHEME = re.compile(r"https?")
_HOST = re.compile(r"""(?:\[[0-9a-fA-F:.]+\]|[^\s:/?#@\\,;"'<>\[\]]+)(?::\d{1,5})?""")
_PATH = re.compile(r"""/[^\s?#\\,;"'<>]+""")
# The ports that a scheme has by itself are never shown: who tells them tells no more than that.
_PORT = re.compile(r"(?!(?:80|443)$)\d{1,5}", re.ASCII)

# The grammar of RFC 7239: an element ends at a comma and a pair at a semicolon, outside quotes.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ELEMENT = re.compile(rf'(?:[^,"]|{_QUOTED})*')
_PAIR = re.compile(rf'(?:^|;)\s*([\w-]+)=({_QUOTED}|[^\s;,"]*)')


def public_base(request: AnyRequest) -> str:
    """Where the service is reached: scheme, host and prefix, without a slash at the end."""
    services = services_of(request)
    return services.public_url or told_base(
        request.headers, request.scope["scheme"], proxied=services.proxies.sent(request.scope)
    )


def asked_url(request: AnyRequest) -> str:
    """The URL of a request as whoever asks knows it."""
    query = request.scope["query_string"].decode("latin-1")
    return public_base(request) + request.scope["path"] + (f"?{query}" if query else "")


def behind_tls(request: AnyRequest) -> bool:
    """Whether the browser speaks TLS, with us or with a proxy in front of us."""
    return public_base(request).startswith("https:")


def told_base(headers: Mapping[str, str], scheme: str, *, proxied: bool = True) -> str:
    """Where the service is reached, by the headers of a request (names in lower case).

    `scheme` is the one that the request came with. `proxied`: whether a proxy that is believed sent
    it; else nothing counts but the header Host.
    """
    headers = headers if proxied else {"host": headers.get("host", "")}
    told = _forwarded(headers.get("forwarded", ""))
    proto = (_first(headers, "x-forwarded-proto"), told.get("proto", ""))
    hosts = (_first(headers, "x-forwarded-host"), told.get("host", ""), headers.get("host", ""))
    host = _well_formed(_HOST, *hosts) or "your-host"
    if ":" not in host.rpartition("]")[2]:
        port = _well_formed(_PORT, _first(headers, "x-forwarded-port"))
        host += f":{port}" if port else ""
    prefix = _well_formed(_PATH, "/" + _first(headers, "x-forwarded-prefix").strip("/"))
    return f"{_well_formed(_SCHEME, *map(str.lower, proto), scheme)}://{host}{prefix}"


def _first(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "").partition(",")[0].strip()


def _well_formed(form: re.Pattern[str], *told: str) -> str:
    """The first that has this form; what has not is as good as not told."""
    return next((one for one in told if form.fullmatch(one)), "")


def _forwarded(header: str) -> dict[str, str]:
    """The first element of a header Forwarded, names in lower case."""
    element = _ELEMENT.match(header)
    pairs = _PAIR.findall(element.group() if element else "")
    return {name.lower(): _unquoted(value) for name, value in pairs}


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
