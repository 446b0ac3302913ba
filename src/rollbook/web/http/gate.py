"""The one gate before the API: who asks, and whether their key may.

Every route of an organization passes it once, before a byte of the body is read, so that errors
come in the contract's order: 401, 422, and only then what is wrong with the request. What holds for
every request of an organization, such as counting and limiting, has its place here.
"""

from litestar import types as asgi

from rollbook.domain.organizations import Organization, key_hash, key_id
from rollbook.domain.scopes import Scope
from rollbook.service.organizations.keys import KnownKeys
from rollbook.web.http.bare import header

_KEY = b"vf-org-id"


def key_id_of(request: asgi.Scope) -> str:
    """By which name the key is known that a request came with."""
    return key_id(key_hash(header(request, _KEY) or ""))


class Gate:
    """Lets an organization in by the key in its header `VF-ORG-ID`."""

    def __init__(self, known_keys: KnownKeys) -> None:
        self._known_keys = known_keys

    async def admit(
        self, request: asgi.Scope, needs: Scope, now: int, *, set_up: bool = False
    ) -> Organization:
        """The organization that asks; with `set_up` only one that has a source of events.

        Raises Unauthorized, Forbidden and SetupIncomplete, in this order.
        """
        found = self._known_keys.organization if set_up else self._known_keys.opened_by
        return await found(header(request, _KEY), now, needs)
