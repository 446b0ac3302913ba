"""From where a request comes: who is believed about it, and as whom failures count."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollbook.web.http.clients import Proxies, counted_as

INSIDE = Proxies([ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("127.0.0.1/32")])
addresses = st.ip_addresses(v=4).map(str) | st.ip_addresses(network="2001:db8::/32").map(str)


def request(direct: str | None, *lines: str) -> Any:
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in lines]
    return {"client": None if direct is None else (direct, 4711), "headers": headers}


@pytest.mark.parametrize(
    ("direct", "lines", "client"),
    [
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.7", ["198.51.100.1, 203.0.113.9, 10.1.2.3 , fd00::9"], "203.0.113.9"),
        ("10.0.0.7", ["10.0.0.8"], "10.0.0.8"),
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("::ffff:10.0.0.7", ["203.0.113.9:51234"], "203.0.113.9"),
        ("10.0.0.7", ["[2001:db8::9]:4711"], "2001:db8::9"),
        ("10.0.0.7", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("10.0.0.7", ["203.0.113.9, unknown"], "10.0.0.7"),
        ("10.0.0.7", [""], "10.0.0.7"),
        ("10.0.0.7", ["\xe9, ,"], "10.0.0.7"),
        ("@socket", ["203.0.113.9"], "@socket"),
        (None, ["203.0.113.9"], ""),
    ],
)
def test_the_client_is_the_last_that_no_trusted_proxy_is(
    direct: str | None, lines: list[str], client: str
) -> None:
    assert INSIDE.client_of(request(direct, *lines)) == client


@given(st.lists(st.text(st.characters(max_codepoint=255))), addresses, addresses)
def test_what_a_client_says_itself_never_counts(said: list[str], client: str, proxy: str) -> None:
    assume(client != proxy)
    trusted = Proxies([ip_network(proxy)])
    told = trusted.client_of(request(proxy, *said, client))
    assert told == client


def test_by_default_proxies_on_this_machine_are_trusted() -> None:
    for direct in ("127.0.0.1", "127.9.9.9", "::1"):
        assert Proxies().client_of(request(direct, "203.0.113.9")) == "203.0.113.9"
        assert Proxies().sent(request(direct))
    for stranger in ("10.0.0.7", "fd00::1", None, ""):
        assert not Proxies().sent(request(stranger))


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("", ""),
        ("@socket", "@socket"),
    ],
)
def test_a_network_of_ipv6_is_one_client(client: str, counted: str) -> None:
    assert counted_as(client) == counted
