"""From where a request comes, past the proxies that are believed, and as whom its failures count."""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from litestar.types import Scope

from rollbook.domain.values import value

_FORWARDED_FOR = b"x-forwarded-for"
_OF_PROXIES = {_FORWARDED_FOR, b"forwarded", b"via", b"x-forwarded-host", b"x-real-ip"}
_THIS_MACHINE = {"127.0.0.1", "::1"}
_OF_ONE_CLIENT = 64
"""Bits of an IPv6 address that name a client's network; the others are whatever it likes."""

Network = IPv4Network | IPv6Network

LOOPBACK: Sequence[Network] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@value
class Proxies:
    """Those whose headers are believed: of who asks, and of where the service is reached."""

    networks: Sequence[Network] = LOOPBACK

    def sent(self, request: Scope) -> bool:
        """Whether a request came from one of them."""
        direct = _address(_direct(request))
        return direct is not None and self._have(direct)

    def client_of(self, request: Scope) -> str:
        """The address of who asks: of all that the headers name, the last that is no proxy's.

        Each proxy appends whom it was asked by, so what stands further in front anybody may say.
        """
        direct = _direct(request)
        client = _address(direct)
        if client is None:
            return direct
        told = _told(request)
        while told and self._have(client):
            before = _address(told.pop())
            if before is None:
                break
            client = before
        return str(client)

    def _have(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.networks)


def asked_on_this_machine(request: Scope) -> bool:
    """Whether a program of this machine asks for itself, and no proxy for somebody else."""
    return _direct(request) in _THIS_MACHINE and not any(
        name in _OF_PROXIES for name, _ in request["headers"]
    )


def counted_as(client: str) -> str:
    """The client whose failures are one: an IPv4 address, or a network of IPv6."""
    address = _address(client)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _OF_ONE_CLIENT), strict=False))
    return client


def _direct(request: Scope) -> str:
    client = request["client"]
    return client[0] if client else ""


def _told(request: Scope) -> list[str]:
    """Whom the headers name: some proxies append to a header, some add another one."""
    lines = [value for name, value in request["headers"] if name == _FORWARDED_FOR]
    return [one for line in lines for one in line.decode("latin-1").split(",")]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, also with a port behind it as some proxies write it."""
    told = text.strip()
    if told.startswith("["):
        told = told[1:].partition("]")[0]
    elif told.count(":") == 1:
        told = told.partition(":")[0]
    try:
        address = ip_address(told.partition("%")[0])
    except ValueError:
        return None
    # A server that listens on IPv6 sees a caller with the address a.b.c.d as ::ffff:a.b.c.d.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
