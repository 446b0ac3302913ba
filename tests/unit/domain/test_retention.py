"""What is an address in a text, and what is left of facts and presences without one."""

import json
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Joined, JoinEvidence, Participant, Room, RoomStarted
from rollbook.domain.presences import Presence
from rollbook.domain.redaction import REDACTED
from rollbook.domain.retention import (
    MOST_DAYS,
    Retention,
    without_address,
    without_addresses,
    without_old_address,
)

DAY = 86_400_000
ADDRESSES = st.one_of(
    st.ip_addresses(v=4).filter(lambda address: not address.is_unspecified).map(str),
    st.ip_addresses(v=6).filter(lambda address: not address.is_unspecified).map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded).filter(lambda text: "1" in text),
)


@given(ADDRESSES, st.sampled_from(['"{}"', '"http://[{}]/x"', '"from {}, then"', '["{}","{}"]']))
def test_no_address_is_left_in_json(address: str, form: str) -> None:
    text = form.replace("{}", address)
    left = without_addresses(text)
    assert address not in left
    assert REDACTED in left
    json.loads(left)


@given(st.ip_addresses(v=4, network="192.0.2.0/24"), st.integers(0, 65_535))
def test_a_port_may_follow(address: IPv4Address | IPv6Address, port: int) -> None:
    assert without_addresses(f'"{address}:{port}"') == f'"{REDACTED}:{port}"'


@pytest.mark.parametrize(
    "text",
    [
        '{"at": "2024-01-15T09:05:30.123Z", "clock": "09:05:30", "createdAt": "1705309530"}',
        '{"sid": "PA_abc:def", "version": "2.5.10", "mac": "00:1a:2b:3c:4d:5e"}',
        '{"ratio": "16:9", "urn": "a::b::c", "name": "Caf\\u00e9 :: \\ud83d\\ude00", "n": 1.5}',
        '{"long": "1.2.3.4.5", "big": "300.1.1.1"}',
        "",
    ],
)
def test_what_is_no_address_stays(text: str) -> None:
    assert without_addresses(text) == text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_json_stays_json(value: object) -> None:
    json.loads(without_addresses(json.dumps(value)))
    json.loads(without_addresses(json.dumps(value, ensure_ascii=False)))


def test_a_fact_without_its_address_tells_all_the_rest() -> None:
    room = Room("math")
    told = Joined("p", room, Participant("ann"), 5, "192.0.2.1", "Firefox")
    assert without_address(told) == Joined("p", room, Participant("ann"), 5, None, "Firefox")
    assert without_address(RoomStarted(room, 5)) == RoomStarted(room, 5)


def test_presences_are_old_by_when_they_began() -> None:
    def address(before: int | None, joined_at: int | None, left_at: int | None) -> str | None:
        known = JoinEvidence.NONE if joined_at is None else JoinEvidence.SEEN
        presence = Presence("s", "src", "p", "math", None, "ann", joined_at, known, left_at)
        presence = replace(presence, ip_address="192.0.2.1", ip_told_at=1)
        return without_old_address(presence, before).ip_address

    assert address(None, 1, 2) == "192.0.2.1"
    assert address(10, 10, 12) == "192.0.2.1"
    assert address(10, 9, 12) is None
    assert address(10, None, 9) is None
    assert address(10, None, 10) == "192.0.2.1"
    assert address(10, None, None) == "192.0.2.1"


def test_days_become_instants() -> None:
    assert Retention(2, 3).addresses_before(10 * DAY) == 8 * DAY
    assert Retention(2, 3).payloads_before(10 * DAY) == 7 * DAY
    assert Retention().addresses_before(10 * DAY) is None
    assert Retention().payloads_before(10 * DAY) is None


@pytest.mark.parametrize("days", [-1, MOST_DAYS + 1])
def test_days_that_are_none_are_refused(days: int) -> None:
    with pytest.raises(InvalidInput, match="address days must be from 0 to"):
        Retention(address_days=days)
    with pytest.raises(InvalidInput, match="payload days must be from 0 to"):
        Retention(payload_days=days)
