"""Signing in through a provider: which one, and who it is that comes back from there."""

from collections.abc import Mapping
from dataclasses import replace

from rollbook.domain.audit import Action
from rollbook.domain.errors import Unauthorized
from rollbook.domain.providers import Identity, Provider
from rollbook.domain.rights import UserRole
from rollbook.domain.tokens import token_hash
from rollbook.domain.users import User
from rollbook.service.organizations.ports import OrganizationChange, Organizations
from rollbook.service.organizations.provider_ports import AnswerRefused, Asked, Providers

_NOT_INVITED = (
    "Your provider knows you, but nobody invited you here by this e-mail address: ask who runs"
    " Rollbook at your school, or open the link of your invitation."
)
_OTHER_PERSON = "Somebody else at your provider signed in by this e-mail address before. Ask for a new invitation."
_NO_ROLE = "Your provider gives you no role here. Ask who runs Rollbook at your school."
_NO_PERSON = (
    "Your provider makes you a teacher here, and nobody said yet who you are in the ledger: ask an owner to"
    " do so under Users."
)
_OVER = "You may not sign in here any more."


async def set_provider(
    organizations: Organizations, asked: Asked, org_id: str, wanted: Provider
) -> Provider:
    """Let a provider say who somebody is; it is asked first, and called as it calls itself.

    Raises ProviderUnavailable and SecretKeyMissing.
    """
    provider = replace(wanted, issuer=await asked.issuer(wanted.issuer))
    async with organizations.changing(org_id) as change:
        await change.set_provider(provider)
        await change.note(Action.PROVIDER_SET, provider.issuer)
    return provider


async def drop_provider(organizations: Organizations, org_id: str) -> None:
    """Let none say so any more. Who is signed in stays so, and signs in by a password next."""
    async with organizations.changing(org_id) as change:
        await change.set_provider(None)
        await change.note(Action.PROVIDER_SET, "none")


async def with_provider(providers: Providers, org_ids: list[str]) -> Mapping[str, Provider]:
    """Those of these organizations that have one."""
    found = {org_id: await providers.provider(org_id) for org_id in org_ids}
    return {org_id: provider for org_id, provider in found.items() if provider is not None}


async def user_who_came(
    organizations: Organizations,
    org_id: str,
    provider: Provider,
    identity: Identity,
    invitation: str,
    now: int,
) -> User:
    """The user whom a provider says somebody is, with the role that it gives them.

    At the first time that is whom the link of an invitation leads to, or who was invited by an address
    that the provider verified; from then on the id counts by which the provider knows them.
    Raises Unauthorized.
    """
    async with organizations.changing(org_id) as change:
        users = {user.user_id: user for user in await change.users()}
        known = users.get(await change.user_of_identity(provider.issuer, identity.subject) or "")
        user = known or await _invited(change, provider, identity, invitation, now)
        if user.disabled_at is not None:
            raise Unauthorized(_OVER)
        role = user.role
        if provider.role_claim is not None:
            given = provider.role_claim.role_of(identity.roles)
            if given is None:
                raise AnswerRefused(_NO_ROLE)
            role = given
            if role is UserRole.TEACHER and not await change.participants_of(user.user_id):
                raise AnswerRefused(_NO_PERSON)
        if known is None:
            await change.bind_identity(provider.issuer, identity.subject, user.user_id)
            await change.set_user_invitation(user.user_id)
            await change.note(Action.USER_JOINED, f"{user.known_as}, by {provider.issuer}")
        if role is not user.role:
            await change.set_user_role(user.user_id, role)
            await change.note(Action.USER_CHANGED, f"{user.known_as}: role {role}, by its provider")
        return replace(user, role=role)


async def _invited(
    change: OrganizationChange, provider: Provider, identity: Identity, invitation: str, now: int
) -> User:
    if invitation:
        user = await change.invited_user(token_hash(invitation), now)
        if user is None:
            raise AnswerRefused(_NOT_INVITED)
        return user
    by_email = [user for user in await change.users() if user.email == identity.email]
    if not (by_email and identity.email and identity.email_verified):
        raise AnswerRefused(_NOT_INVITED)
    if await change.is_bound(provider.issuer, by_email[0].user_id):
        raise AnswerRefused(_OTHER_PERSON)
    return by_email[0]
