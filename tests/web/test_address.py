"""Where the service is reached: read as proxies tell it, and the same for everybody who asks."""

import hashlib
import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web.application import Application, Running

from rollbook.domain.organizations import key_hash
from rollbook.domain.tokens import token_hash
from rollbook.service.organizations.user_ports import SignInRow
from rollbook.web.dashboard.cookies import SignIn
from rollbook.web.dashboard.guard import SESSION_COOKIE
from rollbook.web.http.address import told_base

BBB_SECRET = "8cd8ef52e8e101574e400365b55e11a6"
USER_JOINED = Path(__file__).parents[1] / "fixtures/webhooks/bigbluebutton/user-joined.json"


class Public(NamedTuple):
    """An address as somebody types it into a browser."""

    scheme: str
    host: str
    port: int | None
    prefix: str

    @property
    def netloc(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.prefix}"


# --- proxies: each tells where it was asked in its own way -----------------------------------

Headers = dict[str, str]
Proxy = Callable[[Public], Headers]


def keeps_the_host(public: Public) -> Headers:
    return {"x-forwarded-proto": public.scheme, "host": public.netloc}


def tells_the_host(public: Public) -> Headers:
    return {
        "x-forwarded-proto": public.scheme.upper(),
        "x-forwarded-host": public.netloc,
        "host": "10.0.0.7:8080",
    }


def tells_the_port_apart(public: Public) -> Headers:
    port = public.port or {"http": 80, "https": 443}[public.scheme]
    return {
        "x-forwarded-proto": public.scheme,
        "x-forwarded-host": public.host,
        "x-forwarded-port": str(port),
        "host": "rollbook",
    }


def tells_the_port_beside_a_kept_host(public: Public) -> Headers:
    return {**keeps_the_host(public), "x-forwarded-port": "443"}


def tells_it_in_the_standard_header(public: Public) -> Headers:
    told = f'for="[2001:db8::9]:4711";Proto={public.scheme} ; host="{public.netloc}";by=_x'
    return {"forwarded": told, "host": "localhost:8080"}


def quotes_all_it_can(public: Public) -> Headers:
    escaped = "".join(f"\\{character}" for character in public.netloc)
    return {"forwarded": f'for="a,b;proto=ftp";host="{escaped}";proto="{public.scheme}"'}


def goes_through_two_more(first: Proxy) -> Proxy:
    """What the proxies behind it add to each of its headers, as it is they that were asked."""
    added = {
        "x-forwarded-proto": ", http",
        "x-forwarded-host": " ,inner.example, 10.0.0.3:81",
        "x-forwarded-port": ", 8081",
        "x-forwarded-prefix": ", /inner",
        "forwarded": ', for=10.0.0.2;proto=http;host="inner.example:81"',
    }

    def proxy(public: Public) -> Headers:
        return {name: told + added.get(name, "") for name, told in first(public).items()}

    return proxy


def takes_a_prefix_off(first: Proxy) -> Proxy:
    def proxy(public: Public) -> Headers:
        return first(public) | ({"x-forwarded-prefix": public.prefix} if public.prefix else {})

    return proxy


def tells_the_standard_header_of_somebody_else_too(first: Proxy) -> Proxy:
    """A proxy that sets the one kind of header hands on the other as it came."""

    def proxy(public: Public) -> Headers:
        return {"forwarded": "for=x;proto=http;host=evil.example"} | first(public)

    return proxy


OLD: Mapping[str, Proxy] = {
    proxy.__name__: proxy
    for proxy in (
        tells_the_host,
        tells_the_port_apart,
        keeps_the_host,
        tells_the_port_beside_a_kept_host,
    )
}
STANDARD: Mapping[str, Proxy] = {
    proxy.__name__: proxy for proxy in (tells_it_in_the_standard_header, quotes_all_it_can)
}
PROXIES: Mapping[str, Proxy] = {
    **OLD,
    **STANDARD,
    "through two more": goes_through_two_more(tells_the_host),
    "port apart, through two more": goes_through_two_more(tells_the_port_apart),
    "standard, through two more": goes_through_two_more(tells_it_in_the_standard_header),
    "beside another's": tells_the_standard_header_of_somebody_else_too(tells_the_host),
}

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=4).map(".".join)
addresses = st.one_of(
    st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(lambda one: f"[{one}]")
)
segments = st.text("abcXYZ019-_.~%+:@!$&()*=", min_size=1, max_size=6)
publics = st.builds(
    Public,
    st.sampled_from(["http", "https"]),
    st.one_of(names, addresses),
    st.none() | st.integers(1, 65535).filter(lambda port: port not in {80, 443}),
    st.lists(segments, max_size=2).map(lambda parts: "".join(f"/{part}" for part in parts)),
)


@given(publics, st.sampled_from(sorted(PROXIES)), st.sampled_from(["http", "https"]))
def test_the_address_that_somebody_asked_is_read_behind_every_proxy(
    public: Public, proxy: str, inner_scheme: str
) -> None:
    headers = takes_a_prefix_off(PROXIES[proxy])(public)
    assert told_base(headers, inner_scheme) == str(public)


@given(publics, st.sampled_from(["http", "https"]))
def test_without_a_proxy_the_request_itself_tells(public: Public, scheme: str) -> None:
    assert told_base({"host": public.netloc}, scheme) == f"{scheme}://{public.netloc}"


odd = st.text(st.characters(max_codepoint=255), max_size=30) | st.sampled_from(
    ['"', '\\"', ";;==", 'host="', "proto=https;proto=http", ",https", "evil.example/x?y=", "::"]
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "forwarded",
                "host",
                *(f"x-forwarded-{part}" for part in ("proto", "host", "port", "prefix")),
            ]
        ),
        odd,
    )
)
def test_whatever_is_told_the_address_has_the_form_of_one(headers: Headers) -> None:
    told = told_base(headers, "http")
    assert re.fullmatch(r"https?://[^\s/?#@\\\"'<>]+(/[^\s?#\"'<>]*[^\s?#/\"'<>])?", told)


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({}, "http://your-host"),
        ({"x-forwarded-proto": "gopher", "host": "h"}, "http://h"),
        ({"x-forwarded-host": "evil.example/path", "host": "h"}, "http://h"),
        ({"x-forwarded-host": "a@evil.example", "host": "h"}, "http://h"),
        ({"x-forwarded-host": "", "host": "h"}, "http://h"),
        ({"x-forwarded-port": "80", "x-forwarded-proto": "https", "host": "h"}, "https://h"),
        ({"x-forwarded-port": "443", "host": "h"}, "http://h"),
        ({"x-forwarded-port": "abc", "host": "h"}, "http://h"),
        ({"x-forwarded-prefix": "/", "host": "h"}, "http://h"),
        ({"x-forwarded-prefix": "/a/b/", "host": "h"}, "http://h/a/b"),
        ({"x-forwarded-prefix": "a", "host": "h"}, "http://h/a"),
        ({"x-forwarded-prefix": "//evil.example", "host": "h"}, "http://h/evil.example"),
        ({"forwarded": "proto=https", "host": "h"}, "https://h"),
        ({"forwarded": "for=1.2.3.4, proto=https;host=x", "host": "h"}, "http://h"),
    ],
)
def test_what_makes_no_address_is_as_good_as_not_told(headers: Headers, base: str) -> None:
    assert told_base(headers, "http") == base


@given(publics, st.sampled_from(sorted(PROXIES)))
def test_who_is_no_trusted_proxy_tells_nothing_but_the_host(public: Public, proxy: str) -> None:
    headers = takes_a_prefix_off(PROXIES[proxy])(public) | {"host": "rollbook.example"}
    assert told_base(headers, "http", proxied=False) == "http://rollbook.example"


# --- the dashboard and the verifier ----------------------------------------------------------


async def shown_address(application: Application, headers: Headers) -> str:
    """What the dashboard tells somebody to paste at BigBlueButton."""
    pages: Any = application.services.pages()
    signed_in = SignIn(application.org_id, "token")
    now, hashed = application.services.now(), token_hash("token")
    of_key = SignInRow(hashed, None, key_hash(application.key), now, None, None)
    if await pages.users.sign_in(application.org_id, hashed) is None:
        await pages.sign_ins.begin(of_key, application.org_id)
    # Behind TLS browsers bring it back by the other name.
    value = pages.signer.cookie_of(signed_in)
    cookie = f"{SESSION_COOKIE}={value}; __Host-{SESSION_COOKIE}={value}"
    page = await application.client.get("/sources", headers={**headers, "cookie": cookie})
    assert page.status_code == 200
    (address,) = re.findall(r">(\S+/v1/webhooks/bigbluebutton/\w+)</pre>", page.text)
    return html.unescape(address)


async def delivered(
    application: Application, address: str, public: str, headers: Headers
) -> tuple[int, str]:
    """Deliver as BigBlueButton does to an address, through a proxy that takes the prefix off."""
    form = {"domain": "d", "event": USER_JOINED.read_text(), "timestamp": "1"}
    body = urlencode(form).encode()
    signed = hashlib.sha256(address.encode() + body + BBB_SECRET.encode()).hexdigest()
    path = urlsplit(address).path.removeprefix(urlsplit(public).path)
    answer = await application.client.post(
        f"{path}?checksum={signed}", content=body, headers=headers
    )
    return answer.status_code, answer.text


SCHOOL = Public("https", "rollbook.example.com", 8443, "/ledger")
SHAPES = [SCHOOL, SCHOOL._replace(port=None, prefix=""), Public("http", "[2001:db8::7]", 81, "/a")]


@pytest.mark.parametrize("proxy", PROXIES)
async def test_the_verifier_takes_the_address_that_the_dashboard_tells(
    running: Running, proxy: str
) -> None:
    async with running() as application:
        await application.source("bigbluebutton", {"secret": BBB_SECRET})
        for public in SHAPES:
            headers = takes_a_prefix_off(PROXIES[proxy])(public)
            address = await shown_address(application, headers)
            assert address.startswith(f"{public}/v1/webhooks/bigbluebutton/")
            answer = await delivered(application, address, str(public), headers)
            assert answer[0] == 200, answer
            other = address.replace(public.scheme, "ftp", 1)
            assert (await delivered(application, other, str(public), headers))[0] == 403


async def test_what_the_operator_says_wins_over_every_header(running: Running) -> None:
    url = "https://said.example.com/ledger"
    async with running(ROLLBOOK_PUBLIC_URL=f"{url}/") as application:
        await application.source("bigbluebutton", {"secret": BBB_SECRET})
        for proxy in PROXIES.values():
            headers = takes_a_prefix_off(proxy)(Public("http", "other.example", 81, "/x"))
            address = await shown_address(application, headers)
            assert address.startswith(f"{url}/v1/webhooks/bigbluebutton/")
            assert (await delivered(application, address, url, headers))[0] == 200


@pytest.mark.parametrize(
    ("settings", "headers", "secure"),
    [
        ({}, {}, False),
        ({}, {"forwarded": "proto=https"}, True),
        ({}, {"x-forwarded-proto": "https, http"}, True),
        ({}, {"x-forwarded-proto": "http, https"}, False),
        ({"ROLLBOOK_PUBLIC_URL": "https://h"}, {"x-forwarded-proto": "http"}, True),
        ({"ROLLBOOK_PUBLIC_URL": "http://h"}, {"x-forwarded-proto": "https"}, False),
    ],
)
async def test_cookies_are_secure_where_the_address_is(
    running: Running, settings: dict[str, str], headers: Headers, *, secure: bool
) -> None:
    async with running(**settings) as application:
        answer = await application.client.get("/sign-in", headers=headers)
        assert ("secure" in answer.headers["set-cookie"].lower()) is secure


def test_the_example_of_the_tests_is_a_delivery() -> None:
    assert json.loads(USER_JOINED.read_text())[0]["data"]["id"] == "user-joined"
