"""Shared links on each database: frozen, for a time, and only as long as whoever made one may share."""

from datetime import date

import pytest
from support.erasing import everything_in
from support.school import School, opened_school

from rollbook.domain.audit import Action
from rollbook.domain.errors import Conflict, InvalidInput, NotFound, Unauthorized
from rollbook.domain.organizations import key_hash, key_id
from rollbook.domain.scopes import Scope
from rollbook.domain.sharing import SharedLink, SharedView, checked_view
from rollbook.domain.tokens import token_hash
from rollbook.service.organizations import keys, sharing, users
from rollbook.service.organizations.keys import KeyTerms
from rollbook.service.organizations.sign_in import Entered
from rollbook.service.upkeep.erasing import Erasing, erase
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores

NOW = 1_705_320_000_000
DAY = 86_400_000
TODAY, UNTIL = "2024-01-15", "2024-01-20"
END = 1_705_795_200_000
"""The end of the day UNTIL, in UTC."""

DAYS = {"from": "2024-01-08", "to": "2024-01-12"}
JANE = checked_view("person", DAYS | {"uid": "jane", "room": "math"})
SHEET = checked_view("sheet", DAYS | {"id": "math", "share": "80"})


@pytest.fixture
async def other(stores: Stores) -> School:
    return await opened_school(stores)


async def ada(stores: Stores, school: School, role: str = "office") -> Entered:
    named = ("Ada King", "ada@school.example", role)
    user, _ = await users.invite(stores.organizations, school.organization.org_id, named, NOW)
    return Entered(school.organization, user)


async def share(stores: Stores, by: Entered, view: SharedView = JANE) -> str:
    return await sharing.share(stores.organizations, by, view, UNTIL, NOW)


async def opens(stores: Stores, token: str, now: int = NOW) -> SharedLink | None:
    try:
        _, link = await sharing.open_link(stores.organizations, stores.shared_links, token, now)
    except Unauthorized:
        return None
    return link


async def test_a_link_leads_to_its_page_until_the_end_of_its_day_and_is_kept_as_a_hash(
    school: School, other: School, stores: Stores
) -> None:
    org_id, strange = school.organization.org_id, other.organization.org_id
    by = await ada(stores, school)
    token = await share(stores, by)
    opened = await opens(stores, token)
    assert opened is not None
    assert (opened.view, opened.until, opened.opened_at) == (JANE, END, None)
    assert await opens(stores, token, END - 1) is not None
    assert await opens(stores, token, END) is None
    for forged in (token[:-1], token.replace(org_id, strange), "", "x_y", token + "a"):
        assert await opens(stores, forged) is None
    (kept,) = await stores.shared_links.links(org_id, NOW)
    assert by.user is not None
    assert (kept.shared_by, kept.opened_at) == (by.user.known_as, END - DAY)
    assert await stores.shared_links.links(strange, NOW) == []
    with pytest.raises(NotFound):
        await sharing.end_link(stores.organizations, strange, kept.token_hash)
    written = str(await everything_in(stores, org_id))
    assert token not in written
    noted = [one.entry for one in await stores.audit.latest(org_id, None, 9)]
    (shared,) = [one for one in noted if one.action is Action.LINK_SHARED]
    assert "jane" not in shared.what
    await sharing.end_link(stores.organizations, org_id, kept.token_hash)
    assert await opens(stores, token) is None
    with pytest.raises(NotFound):
        await sharing.end_link(stores.organizations, org_id, kept.token_hash)


async def test_a_link_works_while_whoever_made_it_may_share(school: School, stores: Stores) -> None:
    org_id, organizations = school.organization.org_id, stores.organizations
    by = await ada(stores, school)
    assert by.user is not None
    user_id, token = by.user.user_id, await share(stores, by)
    await users.set_role(organizations, org_id, user_id, "viewer")
    assert await opens(stores, token) is None
    (kept,) = await stores.shared_links.links(org_id, NOW)
    assert not kept.works
    await users.set_role(organizations, org_id, user_id, "owner")
    assert await opens(stores, token) is not None
    await users.disable(organizations, org_id, user_id, NOW)
    assert await opens(stores, token) is None
    await users.delete(organizations, org_id, user_id)
    assert await opens(stores, token) is None

    terms = KeyTerms("for a while", frozenset({Scope.ADMIN}), NOW + DAY)
    key = await keys.add_key(organizations, org_id, terms, NOW)
    token = await share(stores, Entered(school.organization, key_hash=key_hash(key)), SHEET)
    assert await opens(stores, token) is not None
    assert await opens(stores, token, NOW + 2 * DAY) is None
    await keys.revoke_key(organizations, org_id, key_id(key_hash(key)), NOW)
    assert await opens(stores, token) is None


async def test_who_is_erased_is_named_by_no_link_and_by_none_made_later(
    school: School, stores: Stores
) -> None:
    org_id, by = school.organization.org_id, await ada(stores, school)
    about_jane, sheet = await share(stores, by), await share(stores, by, SHEET)
    work = Erasing(stores.ledger, stores.organizations, SOURCE_KINDS)
    await erase(work, org_id, "jane", NOW)
    assert await opens(stores, about_jane) is None
    assert await opens(stores, sheet) is not None
    with pytest.raises(NotFound):
        await share(stores, by)
    assert "jane" not in str((await everything_in(stores, org_id))["shared_link"])
    await stores.deletions.close_organization(org_id, NOW)
    while await stores.deletions.delete_from_organization(org_id, 100):
        pass
    assert await opens(stores, sheet) is None
    assert await stores.shared_links.links(org_id, NOW) == []


async def test_links_are_bounded_and_those_that_are_over_are_taken_away(
    school: School, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MOST_LINKS", 1)
    org_id, by = school.organization.org_id, await ada(stores, school)
    token = await share(stores, by)
    with pytest.raises(Conflict):
        await share(stores, by, SHEET)
    assert await stores.shared_links.forget_shared(org_id, END - 1) == 0
    assert await stores.shared_links.link(org_id, token_hash(token), NOW) is not None
    assert await stores.shared_links.forget_shared(org_id, END) == 1
    assert await stores.shared_links.link(org_id, token_hash(token), NOW) is None
    for until in ("2024-01-14", "2024-04-15", "", "soon"):
        with pytest.raises(InvalidInput):
            await sharing.share(stores.organizations, by, SHEET, until, NOW)
    latest = sharing.usual_until(school.organization, NOW, 90)
    assert latest == "2024-04-14"
    await sharing.share(stores.organizations, by, SHEET, latest, NOW)


def test_a_page_is_shared_with_what_it_heeds_and_with_its_days_as_dates() -> None:
    asked = DAYS | {"id": "math", "class": "17", "range": "month", "page": "2", "token": "x"}
    assert checked_view("class", asked).query == DAYS | {"id": "math", "class": "17"}
    assert SHEET.query == DAYS | {"id": "math", "share": "80"}
    assert date.fromisoformat(TODAY) > date.fromisoformat(JANE.query["to"])
    wrong = (
        ("usage", asked),
        ("person", asked),
        ("sheet", {"id": "math", "range": "month"}),
        ("sheet", DAYS | {"id": ""}),
        ("sheet", {"id": "math", "from": "2024-01-12", "to": "2024-01-08"}),
    )
    for page, said in wrong:
        with pytest.raises(InvalidInput):
            checked_view(page, said)
