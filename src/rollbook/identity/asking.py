"""Questions to providers: short, bounded, and to nobody within the own network.

An organization says which provider it has, so whoever owns one could make the service call an address.
https alone, no redirects, no address that is not public; but for hosts that the operator names
(docs/decisions/0055-signing-in-through-a-provider.md).
"""

import asyncio
import ipaddress
import json
from collections.abc import Collection, Mapping
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from rollbook.service.organizations.provider_ports import ProviderUnavailable

_SECONDS = aiohttp.ClientTimeout(total=10, connect=5)
_MOST_BYTES = 512 * 1024
_TROUBLE = (aiohttp.ClientError, OSError, TimeoutError, ValueError)


class Asking:
    """Asks providers. `within` are hosts that may be in the own network, and speak plain http."""

    def __init__(self, within: Collection[str] = ()) -> None:
        self._within = frozenset(host.lower() for host in within)

    async def json(
        self, address: str, form: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """The JSON object at an address; with a form, what it answers to that.

        Raises ProviderUnavailable, which tells the host and why, and nothing that was answered.
        """
        url = self._checked(address)
        try:
            status, body = await self._asked(url, form, headers or {})
        except _TROUBLE as error:
            raise ProviderUnavailable(f"{url.host} does not answer: {_why(error)}") from error
        if status != 200:
            raise ProviderUnavailable(f"{url.host} answers {status}", status)
        try:
            told = json.loads(body)
        except ValueError as error:
            raise ProviderUnavailable(f"{url.host} answers no JSON") from error
        if not isinstance(told, dict):
            raise ProviderUnavailable(f"{url.host} answers no JSON object")
        return told

    async def _asked(
        self, url: URL, form: str | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        resolver = _Public(self._is_within(url))
        connector = aiohttp.TCPConnector(resolver=resolver, force_close=True)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=_SECONDS) as session,
            session.request(
                "GET" if form is None else "POST",
                url,
                data=form,
                headers={"Accept": "application/json", **headers},
                allow_redirects=False,
            ) as answer,
        ):
            body = await answer.content.read(_MOST_BYTES + 1)
            while len(body) <= _MOST_BYTES and not answer.content.at_eof():
                body += await answer.content.read(_MOST_BYTES + 1)
            if len(body) > _MOST_BYTES:
                raise ValueError(f"more than {_MOST_BYTES} bytes")
            return answer.status, body

    def _checked(self, address: str) -> URL:
        """The address as the client reads it. Raises ProviderUnavailable."""
        try:
            url = URL(address)
            host = url.host or ""
        except ValueError:
            raise ProviderUnavailable("the provider tells an address that is none") from None
        within = self._is_within(url)
        if not host or url.user or url.scheme not in ({"https", "http"} if within else {"https"}):
            raise ProviderUnavailable(f"{host or 'the provider'} must be asked by https")
        # The client asks no resolver for what is a number already.
        if not within and _is_number(host) and not is_public(host):
            raise ProviderUnavailable(_not_public(host))
        return url

    def _is_within(self, url: URL) -> bool:
        return (url.host or "").lower() in self._within


class _Public(AbstractResolver):
    """Finds the addresses of a host and gives public ones alone: those that are then connected to."""

    def __init__(self, within: bool) -> None:
        self._within = within
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not self._within and not all(is_public(one["host"]) for one in found):
            raise OSError(_not_public(host))
        return found

    async def close(self) -> None:
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Whether an address is one of the open Internet, whatever it is wrapped in."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _not_public(host: str) -> str:
    return (
        f"{host} is within the network of this service; who runs it can allow that with"
        " ROLLBOOK_PROVIDERS_WITHIN"
    )


def _why(error: BaseException) -> str:
    if isinstance(error, asyncio.TimeoutError):
        return "it takes too long"
    inner = getattr(error, "os_error", None) or error
    return str(getattr(inner, "strerror", None) or inner) or type(error).__name__
