"""Organizations and the keys that open them."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from rollbook.domain.credits import CreditRule
from rollbook.domain.errors import InvalidInput, NotFound, SetupIncomplete, Unauthorized
from rollbook.domain.organizations import Organization, key_hash, key_id
from rollbook.domain.scopes import Scope
from rollbook.domain.sources import OwnKind
from rollbook.service.organizations import keys, settings, sources
from rollbook.service.organizations.keys import KnownKeys
from rollbook.stores import Stores

NOW = 1_705_320_000_000
NOBODYS_KEY = f"rb_{'a' * 10}_{'b' * 32}"


@pytest.fixture
def known_keys(stores: Stores) -> KnownKeys:
    return KnownKeys(stores.organizations)


async def opened_by(known_keys: KnownKeys, key: str, now: int = NOW) -> Organization:
    """The organization that a key opens, if it is set up."""
    caller = await known_keys.caller(key, now)
    return caller.admitted(Scope.READ, set_up=True)


async def test_a_new_organization_is_kept_as_it_was_made(stores: Stores) -> None:
    made, key = await keys.create_organization(
        stores.organizations, "École Nº 1", "Europe/Paris", NOW
    )
    assert made == Organization(made.org_id, "École Nº 1", "Europe/Paris", CreditRule())
    for reference in (made.org_id, key):
        assert await keys.organization_named(stores.organizations, reference) == made


async def test_organizations_are_listed_in_the_order_they_were_made(stores: Stores) -> None:
    made = [
        await keys.create_organization(stores.organizations, name, "UTC", NOW + n)
        for n, name in enumerate(("B", "A", "C"))
    ]
    listed = await stores.organizations.organizations()
    assert listed == [organization for organization, _ in made]


@pytest.mark.parametrize(
    ("name", "zone", "field"), [(" ", "UTC", "name"), ("A", "Mars/Base", "timezone")]
)
async def test_an_organization_needs_a_name_and_a_known_zone(
    stores: Stores, name: str, zone: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await keys.create_organization(stores.organizations, name, zone, NOW)
    assert refused.value.field == field
    assert await stores.organizations.organizations() == []


async def test_an_organization_can_be_renamed_and_moved(
    stores: Stores, organization: Organization
) -> None:
    org_id = organization.org_id
    await settings.rename(stores.organizations, org_id, "New name")
    await settings.set_time_zone(stores.organizations, org_id, "Asia/Tokyo")
    found = await stores.organizations.organization(org_id)
    assert found is not None
    assert (found.name, found.time_zone) == ("New name", "Asia/Tokyo")
    with pytest.raises(InvalidInput):
        await settings.set_time_zone(stores.organizations, org_id, "Mars/Base")


@pytest.mark.parametrize(
    ("text", "kept"), [("de_DE", "de_DE"), ("zh-Hans-CN", "zh_Hans_CN"), (" ", None)]
)
async def test_pages_can_be_written_as_in_a_place(
    stores: Stores, organization: Organization, text: str, kept: str | None
) -> None:
    org_id = organization.org_id
    await settings.set_locale(stores.organizations, org_id, "en_GB")
    await settings.set_locale(stores.organizations, org_id, text)
    found = await stores.organizations.organization(org_id)
    assert found is not None
    assert found.locale == kept


@pytest.mark.parametrize("text", ["de", "German", "de_DE.UTF-8", "../../etc"])
async def test_a_place_is_a_language_and_a_country(
    stores: Stores, organization: Organization, text: str
) -> None:
    with pytest.raises(InvalidInput, match="like en_GB") as refused:
        await settings.set_locale(stores.organizations, organization.org_id, text)
    assert refused.value.field == "locale"


@pytest.mark.parametrize("reference", ["", "nothing", NOBODYS_KEY])
async def test_an_unknown_organization_is_not_found_and_its_key_not_repeated(
    stores: Stores, organization: Organization, reference: str
) -> None:
    assert organization.org_id != reference
    with pytest.raises(NotFound) as refused:
        await keys.organization_named(stores.organizations, reference)
    assert not reference or reference not in refused.value.message


async def test_several_keys_open_an_organization_until_they_are_revoked(
    stores: Stores, organization: Organization, organization_key: str, known_keys: KnownKeys
) -> None:
    second = await keys.add_key(
        stores.organizations, organization.org_id, keys.KeyTerms("second"), NOW
    )
    for key in (organization_key, second):
        assert await opened_by(known_keys, key) == organization
    await keys.revoke_key(stores.organizations, organization.org_id, key_id(key_hash(second)), NOW)
    # A key may be remembered for a moment: five seconds later it opens nothing.
    with pytest.raises(Unauthorized):
        await opened_by(known_keys, second, NOW + 5000)
    assert await opened_by(known_keys, organization_key, NOW + 5000) == organization


async def test_keys_are_listed_with_their_ids_and_what_became_of_them(
    stores: Stores, organization: Organization, organization_key: str
) -> None:
    org_id = organization.org_id
    added = await keys.add_key(stores.organizations, org_id, keys.KeyTerms("laptop"), NOW)
    await keys.revoke_key(stores.organizations, org_id, key_id(key_hash(added)), NOW + 1)
    first, second = await stores.organizations.keys(org_id)
    assert (first.key_hash, first.revoked_at) == (key_hash(organization_key), None)
    assert (second.label, second.created_at, second.revoked_at) == ("laptop", NOW, NOW + 1)


async def test_a_key_is_revoked_once(stores: Stores, organization: Organization) -> None:
    org_id = organization.org_id
    (key,) = await stores.organizations.keys(org_id)
    await keys.revoke_key(stores.organizations, org_id, key.key_id, NOW)
    with pytest.raises(NotFound):
        await keys.revoke_key(stores.organizations, org_id, key.key_id, NOW + 1)
    (key,) = await stores.organizations.keys(org_id)
    assert key.revoked_at == NOW


@pytest.mark.parametrize("key", ["", "nonsense", NOBODYS_KEY])
async def test_what_opens_nothing_is_unauthorized(
    organization: Organization, known_keys: KnownKeys, key: str
) -> None:
    assert organization.has_source
    with pytest.raises(Unauthorized, match=r"^Unauthorized$"):
        await opened_by(known_keys, key)


async def test_an_organization_without_a_source_is_not_set_up_and_an_import_makes_one(
    stores: Stores, known_keys: KnownKeys
) -> None:
    made, key = await keys.create_organization(stores.organizations, "New", "UTC", NOW)
    with pytest.raises(SetupIncomplete, match=r"^Organization setup is incomplete: .*source"):
        await opened_by(known_keys, key)
    await asyncio.gather(
        *[
            sources.ensure_source(stores.organizations, made.org_id, OwnKind.IMPORT, "files", NOW)
            for _ in range(3)
        ]
    )
    assert len(await stores.organizations.sources(made.org_id)) == 1
    assert (await opened_by(known_keys, key)).has_source


async def test_a_key_is_nowhere_in_the_database(
    stores: Stores, organization: Organization, organization_key: str, database_url: str
) -> None:
    added = await keys.add_key(
        stores.organizations, organization.org_id, keys.KeyTerms("second"), NOW
    )
    everything = await _everything_in(database_url)
    assert key_hash(added).encode() in everything  # so this looks in the right place
    for key in (organization_key, added):
        assert key.rpartition("_")[2].encode() not in everything


async def _everything_in(database_url: str) -> bytes:
    if database_url.startswith("sqlite:"):
        path = Path(database_url.removeprefix("sqlite:///"))
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetch("SELECT relname FROM pg_stat_user_tables")
    rows = [
        str(row[0])
        for (table,) in tables
        for row in await connection.fetch(f"SELECT t::text FROM {table} t")
    ]
    await connection.close()
    return "\n".join(rows).encode()
