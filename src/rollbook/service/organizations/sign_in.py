"""Who is signed in: an organization, by one of its keys."""

from rollbook.domain.errors import Unauthorized
from rollbook.domain.organizations import Organization, key_hash
from rollbook.service.memory import Memory
from rollbook.service.organizations.keys import org_id_of
from rollbook.service.organizations.ports import Organizations

SESSION_MS = 12 * 3_600_000
"""How long a sign-in lasts: a school day."""


class SignIns:
    """Who a cookie's key belongs to, remembered for two seconds: a revoked key then signs out."""

    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations
        self._memory: Memory[tuple[str, str], Organization] = Memory()

    async def sign_in(self, key: str, now: int) -> tuple[Organization, str]:
        """The organization that a key opens, and the key's hash. Raises Unauthorized."""
        org_id = await org_id_of(self._organizations, key)
        if org_id is None:
            raise Unauthorized
        hashed = key_hash(key)
        return await self.organization(org_id, hashed, now), hashed

    async def organization(self, org_id: str, hashed: str, now: int) -> Organization:
        """The organization, if the key of this hash still opens it. Raises Unauthorized."""
        known = self._memory.get((org_id, hashed), now)
        if known is not None:
            return known
        organization = await self._organizations.organization_by_key(org_id, hashed)
        if organization is None:
            raise Unauthorized
        return self._memory.keep((org_id, hashed), organization, now)

    def forget(self) -> None:
        """Look everybody up again: something about an organization was changed."""
        self._memory.clear()
