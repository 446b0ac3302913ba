"""A `VF-ORG-ID` that clients have from elsewhere opens the organization that took it, and no other."""

import pytest
from support.school import School, opened_school

from rollbook.domain.errors import InvalidInput, NotFound, Unauthorized
from rollbook.domain.organizations import key_hash, key_id, new_key
from rollbook.passwords import PasswordHashes
from rollbook.service.organizations.keys import (
    KeyTerms,
    KnownKeys,
    adopt_key,
    organization_named,
    revoke_key,
)
from rollbook.service.organizations.sign_in import SignIns
from rollbook.stores import Stores

VALUE = "6567a1f09c2b4d0012ab34cd"
NOW = 1_705_320_000_000


@pytest.fixture
async def other(stores: Stores) -> School:
    return await opened_school(stores)


async def opened_by(stores: Stores, key: str, now: int = NOW) -> str:
    found = await KnownKeys(stores.organizations).caller(key, now)
    return found.organization.org_id


async def test_it_opens_its_organization_everywhere_that_a_key_does(
    school: School, other: School, stores: Stores
) -> None:
    ours = school.organization.org_id
    await adopt_key(stores.organizations, ours, (VALUE, KeyTerms("hosted API")), NOW)
    assert await opened_by(stores, VALUE) == ours
    assert (await organization_named(stores.organizations, VALUE)).org_id == ours
    sign_ins = SignIns(stores.organizations, stores.users, PasswordHashes())
    entered = await sign_ins.by_key(VALUE, NOW)
    assert (entered.organization.org_id, entered.key_hash) == (ours, key_hash(VALUE))
    labels = {key.key_id: key.label for key in await stores.organizations.keys(ours)}
    assert labels[key_id(key_hash(VALUE))] == "hosted API"
    assert VALUE not in str(await stores.organizations.keys(ours))


async def test_until_it_was_taken_it_opens_nothing(school: School, stores: Stores) -> None:
    for value in (VALUE, VALUE.upper(), "", "x" * 500, "ü"):
        with pytest.raises(Unauthorized):
            await opened_by(stores, value)
    with pytest.raises(NotFound):
        await organization_named(stores.organizations, VALUE)


async def test_revoked_it_opens_nothing_and_cannot_be_taken_again_by_anybody(
    school: School, other: School, stores: Stores
) -> None:
    ours, theirs = school.organization.org_id, other.organization.org_id
    await adopt_key(stores.organizations, ours, (VALUE, KeyTerms()), NOW)
    await revoke_key(stores.organizations, ours, key_id(key_hash(VALUE)), NOW)
    with pytest.raises(Unauthorized):
        await opened_by(stores, VALUE)
    for org_id in (ours, theirs):
        with pytest.raises(InvalidInput, match="already"):
            await adopt_key(stores.organizations, org_id, (VALUE, KeyTerms()), NOW)
    with pytest.raises(Unauthorized):
        await opened_by(stores, VALUE)


async def test_what_one_organization_took_another_cannot_take(
    school: School, other: School, stores: Stores
) -> None:
    ours, theirs = school.organization.org_id, other.organization.org_id
    await adopt_key(stores.organizations, ours, (VALUE, KeyTerms()), NOW)
    before = await stores.organizations.keys(theirs)
    with pytest.raises(InvalidInput, match="already"):
        await adopt_key(stores.organizations, theirs, (VALUE, KeyTerms()), NOW)
    assert await stores.organizations.keys(theirs) == before
    assert await opened_by(stores, VALUE) == ours


@pytest.mark.parametrize("value", ["riverside", "x" * 40, "1234567890123456789"])
async def test_what_can_be_guessed_is_taken_only_where_somebody_insists(
    school: School, stores: Stores, value: str
) -> None:
    ours = school.organization.org_id
    with pytest.raises(InvalidInput, match="can be guessed"):
        await adopt_key(stores.organizations, ours, (value, KeyTerms()), NOW)
    with pytest.raises(Unauthorized):
        await opened_by(stores, value)
    await adopt_key(stores.organizations, ours, (value, KeyTerms()), NOW, weak=True)
    assert await opened_by(stores, value) == ours


@pytest.mark.parametrize(
    "value", ["", "two words of some length", "clé-de-vingt-caractères", "x" * 201]
)
async def test_what_no_header_can_carry_is_no_key(
    school: School, stores: Stores, value: str
) -> None:
    with pytest.raises(InvalidInput, match="value must be"):
        await adopt_key(
            stores.organizations, school.organization.org_id, (value, KeyTerms()), NOW, weak=True
        )


async def test_a_key_that_names_another_organization_is_not_taken(
    school: School, other: School, stores: Stores
) -> None:
    forged = new_key(other.organization.org_id)
    with pytest.raises(InvalidInput, match="names the organization"):
        await adopt_key(stores.organizations, school.organization.org_id, (forged, KeyTerms()), NOW)
