"""Creating organizations, giving and taking away their keys, and knowing them by a key."""

from rollbook.domain.errors import InvalidInput, NotFound, SetupIncomplete, Unauthorized
from rollbook.domain.fields import label as checked_label
from rollbook.domain.organizations import (
    KeyRecord,
    Organization,
    Source,
    key_hash,
    new_key,
    new_org_id,
    org_id_of_key,
)
from rollbook.domain.period import time_zone as known_time_zone
from rollbook.service.ports import Organizations

_FRESH_MS = 2_000
"""How long a key's look-up may be remembered; a revoked key stops working after this at most."""

_MOST_REMEMBERED = 10_000


async def create_organization(
    organizations: Organizations, name: str, time_zone: str, now: int
) -> tuple[Organization, str]:
    """Create an organization; answers it and its first key, which is shown this once."""
    known_time_zone(time_zone)
    organization = Organization(new_org_id(), _name(name), time_zone)
    key = new_key(organization.org_id)
    await organizations.add_organization(organization, key_hash(key), "first key", now)
    return organization, key


async def rename(organizations: Organizations, org_id: str, name: str) -> None:
    """Give an organization another name."""
    await organizations.rename_organization(org_id, _name(name))


async def set_time_zone(organizations: Organizations, org_id: str, time_zone: str) -> None:
    """Set the zone whose days an organization's reports use. Raises InvalidInput."""
    known_time_zone(time_zone)
    await organizations.set_time_zone(org_id, time_zone)


async def add_key(organizations: Organizations, org_id: str, label: str, now: int) -> str:
    """Give an organization one more key; it is shown this once."""
    key = new_key(org_id)
    await organizations.add_key(org_id, key_hash(key), checked_label(label, "label") or "", now)
    return key


async def revoke_key(organizations: Organizations, org_id: str, key_id: str, now: int) -> KeyRecord:
    """End the key of this id. Raises NotFound where none of that id still works."""
    for key in await organizations.keys(org_id):
        if key.key_id == key_id and await organizations.revoke_key(org_id, key.key_hash, now):
            return key
    raise NotFound(f"no working key has the id {key_id}")


async def organization_named(organizations: Organizations, reference: str) -> Organization:
    """The organization that an operator names: by its id, or by one of its keys.

    Raises NotFound, whose message does not repeat the reference as it may be a key.
    """
    by_key = org_id_of_key(reference)
    found = (
        await organizations.organization(reference)
        if by_key is None
        else await organizations.organization_by_key(by_key, key_hash(reference))
    )
    if found is None:
        raise NotFound("no organization has this id or key; see `rollbook org list`")
    return found


async def ensure_source(
    organizations: Organizations, org_id: str, kind: str, name: str, now: int
) -> Source:
    """The one source of a kind that needs no secret, made where it is missing."""
    # Its id is made of what it is, so that two who make it at once make the same one.
    source = Source(org_id, org_id + kind, kind, name, now)
    await organizations.add_source(source)
    return source


class KnownKeys:
    """Who a `VF-ORG-ID` is, remembered for two seconds."""

    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations
        self._remembered: dict[str, tuple[int, Organization]] = {}

    async def organization(self, key: str | None, now: int) -> Organization:
        """The organization that a key opens. Raises Unauthorized and SetupIncomplete."""
        organization = await self.opened_by(key, now)
        if not organization.has_source:
            raise SetupIncomplete(
                "Organization setup is incomplete: it has no event source yet; "
                "add one with `rollbook source add` or import a file with `rollbook import`"
            )
        return organization

    async def opened_by(self, key: str | None, now: int) -> Organization:
        """The organization that a key opens, set up or not. Raises Unauthorized."""
        remembered = self._remembered.get(key or "")
        if remembered and 0 <= now - remembered[0] < _FRESH_MS:
            return remembered[1]
        organization = await self._look_up(key or "")
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        if organization.has_source:
            # One that is not set up yet is asked again each time: its first source shows at once.
            self._remembered[key or ""] = (now, organization)
        return organization

    async def _look_up(self, key: str) -> Organization:
        org_id = org_id_of_key(key)
        if org_id is None:
            raise Unauthorized
        found = await self._organizations.organization_by_key(org_id, key_hash(key))
        if found is None:
            raise Unauthorized
        return found


def _name(name: str) -> str:
    checked = checked_label(name, "name")
    if checked is None:
        raise InvalidInput("name must not be blank", field="name")
    return checked
