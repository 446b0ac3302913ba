"""Providers of sign-ins: kept sealed, and whom they may let in."""

from dataclasses import replace

import pytest
from contract.test_secrets import NEXT_KEY, STRANGE_KEY, Opened, opened
from support.settings import SECRET_KEY

from rollbook.domain.errors import SecretKeyMissing, Unauthorized
from rollbook.domain.organizations import Organization
from rollbook.domain.providers import Identity, Provider, RoleClaim
from rollbook.domain.rights import UserRole
from rollbook.domain.users import User
from rollbook.service.organizations import keys, users
from rollbook.service.organizations.providers import (
    drop_provider,
    set_provider,
    user_who_came,
    with_provider,
)
from rollbook.service.organizations.secrets import reseal, seals
from rollbook.stores import Stores

__all__ = ["opened"]
NOW = 1_705_320_000_000
SECRET = "the-secret-of-the-client"
PROVIDER = Provider("https://id.example", "rollbook", SECRET)
CLAIM = RoleClaim("groups", {UserRole.OWNER: "admins", UserRole.VIEWER: "staff"})
ADA = "ada@school.example"


class Called:
    """A provider that calls itself so."""

    async def issuer(self, issuer: str) -> str:
        return issuer.rstrip("/")


async def given(stores: Stores, org_id: str, provider: Provider = PROVIDER) -> Provider:
    typed = replace(provider, issuer=f"{provider.issuer}/")
    return await set_provider(stores.organizations, Called(), org_id, typed)  # type: ignore[arg-type]  # asked for no more


async def invited(stores: Stores, org_id: str, email: str = ADA) -> tuple[User, str]:
    return await users.invite(stores.organizations, org_id, ("Ada", email, "viewer"), NOW)


def identity(
    subject: str = "42", email: str = ADA, *, verified: bool = True, roles: str = ""
) -> Identity:
    return Identity(subject, email, verified, frozenset(roles.split()), "t")


async def came(
    stores: Stores, org_id: str, who: Identity, link: str = "", provider: Provider = PROVIDER
) -> User:
    return await user_who_came(stores.organizations, org_id, provider, who, link, NOW)


async def test_it_is_kept_as_it_calls_itself_and_its_secret_is_sealed(
    stores: Stores, organization: Organization
) -> None:
    org_id = organization.org_id
    assert await stores.providers.provider(org_id) is None
    for provider in (PROVIDER, replace(PROVIDER, client_id="another", role_claim=CLAIM)):
        await given(stores, org_id, provider)
        assert await stores.providers.provider(org_id) == provider
    assert await with_provider(stores.providers, [org_id, "nobody"]) == {org_id: provider}
    async with stores.database.reading() as connection:
        rows = await connection.fetch("identity_provider", {"org_id": org_id})
    assert SECRET not in str(rows)
    assert SECRET not in repr(provider)
    await drop_provider(stores.organizations, org_id)
    assert await stores.providers.provider(org_id) is None


async def test_its_secret_is_sealed_anew_with_those_of_sources(
    stores: Stores, organization: Organization, opened: Opened
) -> None:
    org_id = organization.org_id
    await given(stores, org_id)
    async with opened(NEXT_KEY, SECRET_KEY) as both:
        await both.organizations.seal_with(both.keys.all()[0].name)
        assert (await reseal(both.organizations)).sources == 1
    async with opened(NEXT_KEY) as later:
        assert await later.providers.provider(org_id) == PROVIDER
        assert list((await seals(later.organizations)).values()) == [1]
    async with opened(STRANGE_KEY) as strange:
        with pytest.raises(SecretKeyMissing):
            await strange.providers.provider(org_id)


async def test_the_link_of_an_invitation_lets_in_once_and_the_id_of_the_provider_from_then_on(
    stores: Stores, organization: Organization
) -> None:
    org_id = organization.org_id
    ada, link = await invited(stores, org_id)
    stranger = identity("7", "other@elsewhere.example", verified=False)
    assert (await came(stores, org_id, stranger, link)).user_id == ada.user_id
    assert (await came(stores, org_id, replace(stranger, email="new@name.example"))).email == ADA
    with pytest.raises(Unauthorized):
        await came(stores, org_id, identity("8"), link)
    with pytest.raises(Unauthorized):
        await came(stores, org_id, identity("8"))
    # Another link gives the user to another id.
    _, again = await users.invite_again(stores.organizations, org_id, ada.user_id, NOW)
    assert (await came(stores, org_id, identity("8"), again)).user_id == ada.user_id
    with pytest.raises(Unauthorized):
        await came(stores, org_id, stranger)


async def test_an_address_lets_in_where_it_is_verified_invited_and_of_nobody_else_there(
    stores: Stores, organization: Organization
) -> None:
    org_id = organization.org_id
    ada, _ = await invited(stores, org_id)
    other, _ = await keys.create_organization(stores.organizations, "Hillside School", "UTC", NOW)
    await invited(stores, other.org_id, "grace@school.example")
    for nobody in (
        identity(verified=False),
        identity(email="grace@school.example"),
        identity(email=""),
    ):
        with pytest.raises(Unauthorized):
            await came(stores, org_id, nobody)
    assert (await came(stores, org_id, identity())).user_id == ada.user_id
    with pytest.raises(Unauthorized):
        await came(stores, org_id, identity("43"))
    # What a provider says of the users of one organization is nothing to another.
    with pytest.raises(Unauthorized):
        await came(stores, other.org_id, identity())


async def test_a_disabled_user_stays_out_and_a_deleted_one_is_forgotten(
    stores: Stores, organization: Organization
) -> None:
    org_id, organizations = organization.org_id, stores.organizations
    ada, _ = await invited(stores, org_id)
    await came(stores, org_id, identity())
    await users.disable(organizations, org_id, ada.user_id, NOW)
    with pytest.raises(Unauthorized):
        await came(stores, org_id, identity())
    await users.delete(organizations, org_id, ada.user_id)
    async with stores.database.reading() as connection:
        values = {"org_id": org_id, "issuer": PROVIDER.issuer, "subject": "42"}
        assert list(await connection.fetch("user_of_identity", values)) == []


async def test_a_claim_gives_the_role_and_who_has_none_of_its_values_stays_out(
    stores: Stores, organization: Organization
) -> None:
    org_id, provider = organization.org_id, replace(PROVIDER, role_claim=CLAIM)
    ada, _ = await invited(stores, org_id)
    with pytest.raises(Unauthorized):
        await came(stores, org_id, identity(roles="pupils"), provider=provider)
    for roles, role in (("admins staff", UserRole.OWNER), ("staff", UserRole.VIEWER)):
        user = await came(stores, org_id, identity(roles=roles), provider=provider)
        assert user.role is role
        (kept,) = await stores.users.users(org_id)
        assert (kept.user_id, kept.role) == (ada.user_id, role)


async def test_a_claim_makes_no_teacher_of_whom_nobody_said_who_they_are(
    stores: Stores, organization: Organization
) -> None:
    org_id = organization.org_id
    provider = replace(PROVIDER, role_claim=RoleClaim("groups", {UserRole.TEACHER: "staff"}))
    ada, _ = await invited(stores, org_id)
    with pytest.raises(Unauthorized, match="under Users"):
        await came(stores, org_id, identity(roles="staff"), provider=provider)
    await users.set_role(stores.organizations, org_id, ada.user_id, "teacher", ["ann"])
    user = await came(stores, org_id, identity(roles="staff"), provider=provider)
    assert user.role is UserRole.TEACHER
    assert await stores.users.participants(org_id) == {ada.user_id: ["ann"]}
