"""What is forgotten after a while: addresses of people, and the platforms' own words.

What an event meant (its facts) is kept, so that every number can still be explained and the
ledger rebuilt; only an address in it goes when its time is over.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from enum import IntEnum
from ipaddress import ip_address, ip_network

from rollbook.domain.context import TOKEN_LIFE_MS
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Corrected, Fact, Joined, Left
from rollbook.domain.presences import Presence
from rollbook.domain.redaction import REDACTED
from rollbook.domain.values import value

MOST_DAYS = 36_500

_DAY_MS = 86_400_000
_NETWORK_BITS = {4: 24, 6: 48}
# Whatever looks like an address in a text; `ip_address` says whether it is one.
_LIKE_ADDRESS = re.compile(
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)"
    r"|(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])",
    re.ASCII,
)


class Addresses(IntEnum):
    """What an organization keeps of IP addresses, from their arrival on."""

    WHOLE = 0
    NETWORK = 1
    """The first 24 bits of four octets, and 48 of the longer ones: the network, and nobody in it."""
    NONE = 2


@value
class Retention:
    """For how many days an organization keeps what reports can do without; 0 is for ever.

    `address_days`, `agent_days`: IP addresses and user agents, from the join of their session.
    `payload_days`: events in the platform's own words, from their arrival. `people_days`: who people are,
    from when they joined last. Raises InvalidInput for numbers that are none.
    """

    address_days: int = 0
    payload_days: int = 0
    agent_days: int = 0
    people_days: int = 0

    def __post_init__(self) -> None:
        for field in ("address_days", "payload_days", "agent_days", "people_days"):
            if not 0 <= getattr(self, field) <= MOST_DAYS:
                what = field.replace("_", " ")
                raise InvalidInput(f"{what} must be from 0 to {MOST_DAYS}", field=field)

    def addresses_before(self, now: int) -> int | None:
        """The instant before which addresses are forgotten; None where they never are."""
        return _before(now, self.address_days)

    def agents_before(self, now: int) -> int | None:
        """The instant before which user agents are forgotten; None where they never are."""
        return _before(now, self.agent_days)

    def people_before(self, now: int) -> int | None:
        """Who joined last before this instant is forgotten; None where nobody is."""
        return _before(now, self.people_days)

    def payloads_before(self, now: int) -> int | None:
        """The instant before which payloads are forgotten; None where they never are."""
        return _before(now, self.payload_days)


def _before(now: int, days: int) -> int | None:
    return now - days * _DAY_MS if days else None


def contexts_before(addresses_before: int) -> int:
    """Contexts told before this instant belong to no session whose address is kept."""
    return addresses_before - TOKEN_LIFE_MS


def without_old_address(presence: Presence, before: int | None) -> Presence:
    """A presence as it is once everything from `before` that instant is forgotten."""
    began = presence.told_left_at if presence.joined_at is None else presence.joined_at
    if before is None or began is None or began >= before:
        return presence
    return replace(presence, ip_address=None, ip_told_at=None)


def without_old_agent(presence: Presence, before: int | None) -> Presence:
    """The same of what people came with."""
    began = presence.told_left_at if presence.joined_at is None else presence.joined_at
    if before is None or began is None or began >= before:
        return presence
    return replace(presence, user_agent=None, user_agent_told_at=None)


def without_agent(fact: Fact) -> Fact:
    """A fact that no longer tells what somebody came with."""
    return replace(fact, user_agent=None) if isinstance(fact, Joined | Left) else fact


def without_agents(text: str, facts: Iterable[Fact]) -> str:
    """A payload, without the user agents that its facts tell."""
    told = {fact.user_agent for fact in facts if isinstance(fact, Joined | Left)} - {None, ""}
    for agent in sorted(map(str, told), key=len, reverse=True):
        for written in {
            agent,
            json.dumps(agent)[1:-1],
            json.dumps(agent, ensure_ascii=False)[1:-1],
        }:
            text = text.replace(written, REDACTED)
    return text


def without_address(fact: Fact) -> Fact:
    """A fact that no longer tells where somebody was."""
    if isinstance(fact, Corrected):
        return replace(fact, note=without_addresses(fact.note))
    return replace(fact, ip_address=None) if isinstance(fact, Joined | Left) else fact


def without_addresses(text: str) -> str:
    """A text, JSON or not, without the IP addresses in it."""
    return _LIKE_ADDRESS.sub(_removed, text)


def address_kept(address: str | None, kept: Addresses) -> str | None:
    """What is kept of an address."""
    if address is None or kept is Addresses.NONE:
        return None
    if kept is Addresses.WHOLE:
        return address
    bits = _NETWORK_BITS[ip_address(address).version]
    return str(ip_network(f"{address}/{bits}", strict=False).network_address)


def with_address_kept(fact: Fact, kept: Addresses) -> Fact:
    """A fact with what is kept of the address that it tells."""
    if isinstance(fact, Corrected):
        return replace(fact, note=with_addresses_kept(fact.note, kept))
    if not isinstance(fact, Joined | Left) or fact.ip_address is None:
        return fact
    return replace(fact, ip_address=address_kept(fact.ip_address, kept))


def with_addresses_kept(text: str, kept: Addresses) -> str:
    """A text, JSON or not, with what is kept of the addresses in it."""
    return _LIKE_ADDRESS.sub(lambda match: _kept(match[0], kept), text)


def _removed(match: re.Match[str]) -> str:
    return _kept(match[0], Addresses.NONE)


def _kept(text: str, kept: Addresses) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return text
    # Two colons alone would be one too: the address of nobody.
    if address.is_unspecified:
        return text
    return address_kept(text, kept) or REDACTED
