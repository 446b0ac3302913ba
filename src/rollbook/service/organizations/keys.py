"""Creating organizations, giving and taking away their keys, and knowing them by a key."""

from dataclasses import replace

from rollbook.domain.audit import Action, key_named
from rollbook.domain.errors import Forbidden, InvalidInput, NotFound, SetupIncomplete, Unauthorized
from rollbook.domain.fields import label as checked_label
from rollbook.domain.ids import OrgId, new_org_id
from rollbook.domain.organizations import (
    KeyRecord,
    Organization,
    checked_key,
    checked_name,
    could_be_key,
    has_expired,
    key_hash,
    key_id,
    new_key,
    org_id_of_key,
)
from rollbook.domain.period import time_zone as known_time_zone
from rollbook.domain.scopes import EVERY_SCOPE, Scope
from rollbook.domain.values import value
from rollbook.service.memory import Memory
from rollbook.service.organizations.key_uses import KeyUses
from rollbook.service.organizations.ports import OrganizationChange, Organizations


async def create_organization(
    organizations: Organizations, name: str, time_zone: str, now: int
) -> tuple[Organization, str]:
    """Create an organization; answers it and its first key, which is shown this once."""
    known_time_zone(time_zone)
    organization = Organization(new_org_id(), checked_name(name), time_zone)
    key = new_key(organization.org_id)
    async with organizations.changing(organization.org_id) as change:
        await change.add_organization(organization, now)
        await change.note(Action.ORGANIZATION_ADDED)
        await _add(change, key, KeyTerms("first key"), now)
    return organization, key


@value
class KeyTerms:
    """What a key is for, what it may do, and until when (ms UTC; None: until it is revoked)."""

    label: str = ""
    scopes: frozenset[Scope] = EVERY_SCOPE
    expires_at: int | None = None


async def add_key(organizations: Organizations, org_id: OrgId, terms: KeyTerms, now: int) -> str:
    """Give an organization one more key; it is shown this once. Raises InvalidInput."""
    key, checked = new_key(org_id), _checked(terms, now)
    async with organizations.changing(org_id) as change:
        await _add(change, key, checked, now)
    return key


def _checked(terms: KeyTerms, now: int) -> KeyTerms:
    if has_expired(terms.expires_at, now):
        raise InvalidInput("expires must lie in the future", field="expires")
    return replace(terms, label=checked_label(terms.label, "label") or "")


async def _add(change: OrganizationChange, key: str, terms: KeyTerms, now: int) -> None:
    hashed = key_hash(key)
    await change.add_key(hashed, terms.label, now, terms.scopes, terms.expires_at)
    await change.note(Action.KEY_ADDED, key_named(key_id(hashed)))


async def adopt_key(
    organizations: Organizations,
    org_id: OrgId,
    given: tuple[str, KeyTerms],
    now: int,
    *,
    weak: bool = False,
) -> None:
    """Let a `VF-ORG-ID` that clients have from elsewhere, on these terms, open an organization.

    Raises InvalidInput where it cannot be a key, can be guessed (unless `weak`), or was one before.
    """
    key, checked = checked_key(given[0], weak=weak), _checked(given[1], now)
    async with organizations.changing(org_id) as change:
        if not await change.own_key(key_hash(key)):
            raise InvalidInput("value is or was a key already: take another", field="value")
        await _add(change, key, checked, now)


async def org_id_of(organizations: Organizations, key: str) -> OrgId | None:
    """The organization that a key leads to, by its form or by its hash; None for no key."""
    named = org_id_of_key(key)
    if named is not None or not could_be_key(key):
        return named
    return await organizations.owner_of_key(key_hash(key))


async def revoke_key(organizations: Organizations, org_id: str, wanted: str, now: int) -> KeyRecord:
    """End the key of this id. Raises NotFound where none of that id still works."""
    async with organizations.changing(org_id) as change:
        for key in await change.keys():
            if key.key_id == wanted and await change.revoke_key(key.key_hash, now):
                await change.end_sign_ins(key_hash=key.key_hash)
                await change.note(Action.KEY_REVOKED, key_named(wanted))
                return key
    raise NotFound(f"no working key has the id {wanted}")


async def organization_named(organizations: Organizations, reference: str) -> Organization:
    """The organization that an operator names: by its id, or by one of its keys.

    Raises NotFound, whose message does not repeat the reference as it may be a key.
    """
    organization = await organizations.organization(reference)
    by_key = None if organization else await org_id_of(organizations, reference)
    if by_key is not None:
        opened = await organizations.opened_by_key(by_key, key_hash(reference))
        organization = opened.organization if opened else None
    if organization is None:
        raise NotFound("no organization has this id or key; see `rollbook org list`")
    return organization


@value
class Caller:
    """An organization, and what the key that it came with may do."""

    organization: Organization
    scopes: frozenset[Scope]

    def admitted(self, needs: Scope, *, set_up: bool) -> Organization:
        """The organization. Raises Forbidden, and with `set_up` SetupIncomplete."""
        if needs not in self.scopes:
            raise Forbidden(f"This key lacks the right {needs}")
        if set_up and not self.organization.has_source:
            raise SetupIncomplete(
                "Organization setup is incomplete: it has no event source yet; "
                "add one with `rollbook source add` or import a file with `rollbook import`"
            )
        return self.organization


class KnownKeys:
    """Who a `VF-ORG-ID` is, remembered for two seconds: a revoked key stops working after that."""

    def __init__(self, organizations: Organizations, uses: KeyUses | None = None) -> None:
        self._organizations = organizations
        self._uses = uses
        self._memory: Memory[str, Caller] = Memory()

    def remembered(self, key: str | None, now: int) -> Caller | None:
        """Who a key is, where that was looked up a moment ago."""
        return self._memory.get(key or "", now)

    async def caller(self, key: str, now: int) -> Caller:
        """Who a key is. Raises Unauthorized."""
        known = self.remembered(key, now)
        if known is not None:
            return known
        caller = await self._look_up(key, now)
        if caller.organization.has_source:
            # One that is not set up yet is asked again each time: its first source shows at once.
            self._memory.keep(key, caller, now)
        return caller

    async def _look_up(self, key: str, now: int) -> Caller:
        org_id, hashed = await org_id_of(self._organizations, key), key_hash(key)
        opened = None if org_id is None else await self._organizations.opened_by_key(org_id, hashed)
        if opened is None or not opened.works(now):
            raise Unauthorized
        if self._uses is not None:
            self._uses.note(opened.organization.org_id, hashed, opened.used_at, now)
        return Caller(opened.organization, opened.scopes)
