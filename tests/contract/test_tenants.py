"""What one organization has is never visible to another, whatever their names have in common."""

import json
from dataclasses import replace

import pytest
from support.school import School, opened_school
from support.visits import Visit, facts_of, import_source

from rollbook.domain.errors import Unauthorized
from rollbook.domain.organizations import key_hash
from rollbook.service.ingest.importing import ImportCount, import_rows, new_import
from rollbook.service.organizations import keys, settings
from rollbook.stores import Stores

VISIT = Visit(id="stay-1")


@pytest.fixture
async def other(stores: Stores) -> School:
    """Another organization, in which everything has the same ids."""
    other = await opened_school(stores)
    other_visit = replace(VISIT, name="Other Jane", title="Other title", ip="203.0.113.9")
    await other.saw(other_visit, replace(other_visit, id="stay-2", left=None))
    return other


@pytest.mark.parametrize("question", [{}, {"roomId": "math-101"}])
async def test_the_same_person_room_and_session_are_another_organizations_own(
    school: School, other: School, question: dict[str, str]
) -> None:
    assert json.loads(await school.json(**question))["data"]["summary"]["totalSessions"] == 0
    assert b"Other" not in await school.json(**question)
    await school.saw(VISIT)
    for text in ((await school.json(**question)).decode(), await school.csv(**question)):
        assert "Jane Doe" in text
        assert "Calculus I" in text
        assert "Other" not in text
        assert "203.0.113.9" not in text
    for text in ((await other.json(**question)).decode(), await other.csv(**question)):
        assert "Other Jane" in text
        assert "Jane Doe" not in text
        assert "Calculus" not in text


async def test_even_one_session_id_is_two_sessions_in_two_organizations(
    school: School, other: School
) -> None:
    before = (await other.json(), await other.csv())
    # The ids that we give to sources are never the same; what a source calls its own may be.
    twin = replace(import_source(other.organization), org_id=school.organization.org_id)
    file = new_import(twin, "visits.jsonl", "jsonl", 0)
    rows = facts_of([VISIT])
    counts = [count async for count in import_rows(school.stores.ledger, twin, rows, file)]
    assert counts == [ImportCount(added=1)]
    assert (await school.answer())["participant"]["name"] == "Jane Doe"
    assert (await other.json(), await other.csv()) == before


async def test_keys_and_sources_are_listed_for_their_own_organization_alone(
    school: School, other: School
) -> None:
    organizations = school.stores.organizations
    ours, theirs = school.organization.org_id, other.organization.org_id
    our_keys, their_keys = await organizations.keys(ours), await organizations.keys(theirs)
    assert not {key.key_hash for key in our_keys} & {key.key_hash for key in their_keys}
    assert {source.org_id for source in await organizations.sources(ours)} == {ours}


async def test_a_key_opens_no_other_organization_and_cannot_be_revoked_from_there(
    school: School, other: School, organization_key: str
) -> None:
    organizations = school.stores.organizations
    theirs = other.organization.org_id
    forged = organization_key.replace(school.organization.org_id, theirs)
    with pytest.raises(Unauthorized):
        await keys.KnownKeys(organizations).caller(forged, 0)
    async with organizations.changing(theirs) as change:
        assert not await change.revoke_key(key_hash(organization_key), 0)
    assert (await organizations.keys(school.organization.org_id))[0].revoked_at is None


async def test_renaming_one_organization_renames_no_other(school: School, other: School) -> None:
    organizations = school.stores.organizations
    await settings.rename(organizations, school.organization.org_id, "Ours")
    await settings.set_time_zone(organizations, school.organization.org_id, "Asia/Tokyo")
    assert await organizations.organization(other.organization.org_id) == other.organization
