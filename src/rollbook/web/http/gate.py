"""The one gate before the API: who asks, and whether their key may.

Every route of an organization passes it once, before a byte of the body is read, so that errors
come in the contract's order: 401, 422, and only then what is wrong with the request. What holds for
every request of an organization, such as counting and limiting, has its place here.
"""

from litestar import types as asgi

from rollbook.domain.errors import Unauthorized
from rollbook.domain.organizations import Organization, key_hash, key_id
from rollbook.domain.scopes import Scope
from rollbook.service.organizations.attempts import Attempts
from rollbook.service.organizations.keys import Caller, KnownKeys
from rollbook.service.organizations.limits import RequestLimits
from rollbook.service.organizations.said import Speaker
from rollbook.web.http.bare import header
from rollbook.web.http.clients import Proxies, counted_as
from rollbook.web.http.rate_limits import count_request

_KEY = b"vf-org-id"


def key_id_of(request: asgi.Scope) -> str:
    """By which name the key is known that a request came with."""
    return key_id(key_hash(header(request, _KEY) or ""))


def speaker_of(request: asgi.Scope, now: int) -> Speaker:
    """Who says what a request brings, by the name of its key."""
    return Speaker(f"key {key_id_of(request)}", now)


class Gate:
    """Lets an organization in by the key in its header `VF-ORG-ID`, and slows who tries others."""

    def __init__(
        self,
        known_keys: KnownKeys,
        attempts: Attempts | None = None,
        proxies: Proxies | None = None,
        limits: RequestLimits | None = None,
    ) -> None:
        self._known_keys = known_keys
        self._attempts = attempts or Attempts()
        self._proxies = proxies or Proxies()
        self._limits = limits

    async def admit(
        self, request: asgi.Scope, needs: Scope, now: int, *, set_up: bool = False
    ) -> Organization:
        """The organization that asks; with `set_up` only one that has a source of events.

        Raises Unauthorized or TooManyAttempts, RateExceeded, Forbidden and SetupIncomplete, in this
        order.
        """
        key = header(request, _KEY)
        caller = self._known_keys.remembered(key, now) or await self._caller(request, key, now)
        if self._limits is not None:
            await count_request(self._limits, request, caller.organization.org_id, now)
        return caller.admitted(needs, set_up=set_up)

    async def _caller(self, request: asgi.Scope, key: str | None, now: int) -> Caller:
        """Who a key is that was not seen a moment ago. No key at all is no attempt."""
        if not key:
            raise Unauthorized
        client = counted_as(self._proxies.client_of(request))
        with self._attempts.attempt(client, key, now):
            return await self._known_keys.caller(key, now)
