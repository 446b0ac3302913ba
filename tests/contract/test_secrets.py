"""Secrets of sources: sealed in the database, and what happens where they cannot be read."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest
from support.settings import SECRET_KEY
from support.signing import secret_for

from rollbook.domain.errors import SecretKeyMissing
from rollbook.domain.organizations import Organization
from rollbook.domain.sources import Source
from rollbook.secret_keys import SecretKey
from rollbook.service.organizations.secrets import reseal, seals
from rollbook.service.organizations.sources import add_platform_source, rotate_secret, set_disabled
from rollbook.settings import read_settings
from rollbook.sources.table import SOURCE_KINDS
from rollbook.store.engine import schema
from rollbook.stores import Stores, stores_for

NOW = 1_705_320_000_000
NEXT_KEY = "the-next-secret-key-of-the-tests-0000"
STRANGE_KEY = "a-secret-key-that-nobody-has-told-us"
KIND, SECRET = "daily", secret_for("daily")

Opened = Callable[..., AbstractAsyncContextManager[Stores]]


@pytest.fixture
def opened(stores: Stores, database_url: str) -> Opened:
    """The same ledger, opened with other keys."""
    del stores

    @asynccontextmanager
    async def open_with(*keys: str) -> AsyncIterator[Stores]:
        told = {"ROLLBOOK_DATABASE_URL": database_url, "ROLLBOOK_SECRET_KEY": ",".join(keys)}
        with_keys = stores_for(read_settings(told))
        await with_keys.database.open()
        yield with_keys
        await with_keys.database.close()

    return open_with


async def added(stores: Stores, organization: Organization) -> Source:
    wanted = Source(organization.org_id, "", KIND, "ours", NOW)
    return await add_platform_source(stores.organizations, wanted, SOURCE_KINDS[KIND], SECRET)


async def found(stores: Stores, source: Source) -> Source:
    one = await stores.organizations.source(source.org_id, source.source_id)
    assert one is not None
    return one


async def stored(stores: Stores, source: Source) -> str:
    """What stands in the row."""
    async with stores.database.reading() as connection:
        rows = await connection.fetch("stored_secrets", {"org_id": source.org_id})
    return str(next(text for source_id, text in rows if source_id == source.source_id))


async def write(stores: Stores, source: Source, text: str) -> None:
    """Write it past the program, as a ledger of before has it, or somebody who may write there."""
    ids = {"org_id": source.org_id, "source_id": source.source_id}
    async with stores.database.writing() as connection:
        await connection.execute("set_secrets", ids | {"secrets": text})


async def test_a_secret_is_read_as_it_was_given_and_does_not_stand_in_its_row(
    stores: Stores, organization: Organization
) -> None:
    source = await added(stores, organization)
    assert (await found(stores, source)).proving() == (SECRET,)
    assert source in await stores.organizations.sources(organization.org_id)
    text = await stored(stores, source)
    assert text.startswith(f"sealed:1:{SecretKey(SECRET_KEY).name}:")
    for value in SECRET.values():
        assert value not in text


async def test_it_opens_in_no_other_row(stores: Stores, organization: Organization) -> None:
    source, other = await added(stores, organization), await added(stores, organization)
    await write(stores, other, await stored(stores, source))
    there = await found(stores, other)
    assert there.secrets == ()
    with pytest.raises(SecretKeyMissing, match="sealed for another source"):
        there.proving()


async def test_a_secret_of_before_is_read_and_sealed_once(
    stores: Stores, organization: Organization
) -> None:
    source = await added(stores, organization)
    await write(stores, source, '[{"secret": "as it was"}]')
    assert (await found(stores, source)).proving() == ({"secret": "as it was"},)
    assert (await seals(stores.organizations))[None] == 1
    assert (await reseal(stores.organizations)).sources == 1
    text = await stored(stores, source)
    assert "as it was" not in text
    assert (await found(stores, source)).proving() == ({"secret": "as it was"},)
    assert (await reseal(stores.organizations)).sources == 0
    assert await stored(stores, source) == text


async def test_without_its_key_a_secret_cannot_be_read_and_is_not_lost(
    stores: Stores, organization: Organization, opened: Opened
) -> None:
    source = await added(stores, organization)
    async with opened(STRANGE_KEY) as others:
        there = await found(others, source)
        assert there.secrets == ()
        with pytest.raises(SecretKeyMissing, match=SecretKey(SECRET_KEY).name):
            there.proving()
        kind = SOURCE_KINDS[KIND]
        for drop_old in (False, True):
            # Nor is it sealed with a key that the ledger does not name.
            with pytest.raises(SecretKeyMissing):
                await rotate_secret(others.organizations, there, kind, SECRET, drop_old=drop_old)
        with pytest.raises(SecretKeyMissing):
            await others.organizations.settle_key()
        await set_disabled(others.organizations, there, NOW)
    assert (await found(stores, source)).proving() == (SECRET,)


async def test_the_ledgers_key_seals_until_another_is_named(
    stores: Stores, organization: Organization, opened: Opened
) -> None:
    source = await added(stores, organization)
    old, new = SecretKey(SECRET_KEY).name, SecretKey(NEXT_KEY).name
    async with opened(NEXT_KEY, SECRET_KEY) as ready:
        assert await ready.organizations.settle_key() == old
        second = await added(ready, organization)
        assert await seals(stores.organizations) == {old: 2}
        assert (await found(stores, second)).proving() == (SECRET,)
        await ready.organizations.seal_with(new)
        third = await added(ready, organization)
        assert await seals(ready.organizations) == {old: 2, new: 1}
        assert (await reseal(ready.organizations)).sources == 2
        assert await seals(ready.organizations) == {new: 3}
    async with opened(NEXT_KEY) as after:
        for one in (source, second, third):
            assert (await found(after, one)).proving() == (SECRET,)
    assert (await found(stores, source)).why_no_secrets


async def test_what_cannot_be_read_is_named_and_left_when_all_else_is_sealed_anew(
    stores: Stores, organization: Organization, opened: Opened
) -> None:
    lost, plain = await added(stores, organization), await added(stores, organization)
    await write(stores, plain, '[{"secret": "as it was"}]')
    before = await stored(stores, lost)
    async with opened(NEXT_KEY) as others:
        await others.organizations.seal_with(SecretKey(NEXT_KEY).name)
        done = await reseal(others.organizations)
        assert (done.sources, list(done.unreadable)) == (1, [lost.source_id])
        assert await stored(others, lost) == before
        kind = SOURCE_KINDS[KIND]
        with pytest.raises(SecretKeyMissing):
            await rotate_secret(others.organizations, lost, kind, SECRET, drop_old=False)
        await rotate_secret(others.organizations, lost, kind, SECRET, drop_old=True)
        assert (await found(others, lost)).proving() == (SECRET,)


async def test_older_programs_are_barred_with_the_first_sealed_secret_and_not_before(
    stores: Stores, organization: Organization
) -> None:
    async def compatible_from() -> int:
        async with stores.database.reading() as connection:
            rows = await connection.fetch("migrations_from", {"version": 22})
        return int(rows[0][1])

    async with stores.database.writing() as connection:
        # Databases of tests are emptied and used again, all but for this.
        values = {"version": 22, "compatible_from": 16, "applied_by": "x"}
        await connection.execute("note_compatible_programs", values)
        cookies = {"name": "dashboard", "secret": "signed cookies once", "created_at": NOW}
        await connection.execute("add_installation_secret", cookies)
    await stores.organizations.settle_key()
    assert await compatible_from() == 16
    await added(stores, organization)
    assert await compatible_from() == 22
    await schema.require_usable(stores.database)
    async with stores.database.reading() as reading:
        assert not await reading.fetch("installation_secret", {"name": "dashboard"})


async def test_nothing_shows_a_secret_by_accident(
    stores: Stores, organization: Organization
) -> None:
    source = await found(stores, await added(stores, organization))
    told = replace(source, why_no_secrets="the key is away")
    for value in SECRET.values():
        assert value not in repr(source)
        with pytest.raises(SecretKeyMissing) as refused:
            told.proving()
        assert value not in str(refused.value)
