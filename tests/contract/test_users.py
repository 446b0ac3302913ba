"""Users, and who is signed in, on each database."""

import pytest
from support.school import School, opened_school
from support.visits import Visit

from rollbook.domain.audit import Action
from rollbook.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthorized
from rollbook.domain.instants import from_text
from rollbook.domain.organizations import key_hash, key_id
from rollbook.domain.rights import RIGHTS, UserRole
from rollbook.domain.scopes import EVERY_SCOPE, Scope
from rollbook.domain.tokens import token_hash
from rollbook.domain.users import INVITED_MS, User, email_hash
from rollbook.passwords import PasswordHashes
from rollbook.service.corrections import Correction
from rollbook.service.organizations import keys, users
from rollbook.service.organizations.key_uses import KeyUses
from rollbook.service.organizations.keys import KeyTerms, KnownKeys
from rollbook.service.organizations.sign_in import PROVED_MS, SESSION_MS, SignIns
from rollbook.service.organizations.user_ports import SignInRow
from rollbook.stores import Stores

NOW = 1_705_320_000_000
DAY = 86_400_000
PASSWORD = "four lamps over a slow river"
ADA = ("Ada King", "Ada@School.example", "office")
PASSWORDS = PasswordHashes()


@pytest.fixture
async def other(stores: Stores) -> School:
    return await opened_school(stores)


def sign_ins_on(stores: Stores) -> SignIns:
    return SignIns(stores.organizations, stores.users, PASSWORDS)


async def joined(stores: Stores, org_id: str, password: str = PASSWORD) -> User:
    """Ada, who set her password."""
    user, link = await users.invite(stores.organizations, org_id, ADA, NOW)
    hashed = await PASSWORDS.hashed(password)
    await users.accept(stores.organizations, (org_id, user), link, hashed, NOW)
    return user


async def begin(stores: Stores, org_id: str, token: str, **whose: str) -> None:
    of = {"user_id": None, "key_hash": None} | whose
    row = SignInRow(token_hash(token), of["user_id"], of["key_hash"], NOW, "203.0.113.0", "Firefox")
    await stores.users.begin(org_id, row)


async def test_a_user_is_invited_once_and_known_by_their_address_in_their_own_school_alone(
    school: School, other: School, stores: Stores
) -> None:
    ours, theirs = school.organization.org_id, other.organization.org_id
    user = await joined(stores, ours)
    (known,) = await stores.users.users(ours)
    assert (known.email, known.role, known.has_password) == ("ada@school.example", "office", True)
    assert await stores.users.users(theirs) == []
    with pytest.raises(Conflict):
        await users.invite(stores.organizations, ours, ADA, NOW)
    await joined(stores, theirs, "seven quiet bells in the yard")
    sign_ins = sign_ins_on(stores)
    (entered,) = await sign_ins.by_password("ADA@school.example", PASSWORD)
    assert (entered.organization.org_id, entered.user) == (ours, known)
    with pytest.raises(Unauthorized):
        await sign_ins.by_password("ada@school.example", PASSWORD, theirs)
    with pytest.raises(NotFound):
        await users.set_role(stores.organizations, theirs, user.user_id, "owner")


async def test_a_link_leads_there_once_until_it_is_over_or_another_is_made(
    school: School, stores: Stores
) -> None:
    org_id, organizations = school.organization.org_id, stores.organizations
    user, first = await users.invite(organizations, org_id, ADA, NOW)
    assert (await users.invited(stores.users, first, NOW + INVITED_MS - 1))[1] == user
    for link, at in ((first, NOW + INVITED_MS), ("x", NOW), (first[:-1] + "7", NOW)):
        with pytest.raises(NotFound):
            await users.invited(stores.users, link, at)
    _, second = await users.invite_again(organizations, org_id, user.user_id, NOW)
    with pytest.raises(NotFound):
        await users.accept(organizations, (org_id, user), first, "hash", NOW)
    await users.accept(organizations, (org_id, user), second, "hash", NOW)
    with pytest.raises(NotFound):
        await users.accept(organizations, (org_id, user), second, "hash", NOW)


async def test_a_sign_in_goes_on_for_its_time_and_ends_with_its_user_and_its_key(
    school: School, stores: Stores, organization_key: str
) -> None:
    org_id, organizations = school.organization.org_id, stores.organizations
    user = await joined(stores, org_id)
    key = await keys.add_key(organizations, org_id, KeyTerms("reads", frozenset({Scope.READ})), NOW)

    async def rights(token: str, at: int = NOW) -> frozenset[str]:
        try:
            return (await sign_ins_on(stores).known(org_id, token, at)).rights
        except Unauthorized:
            return frozenset()

    await begin(stores, org_id, "one", user_id=user.user_id)
    await begin(stores, org_id, "two", user_id=user.user_id)
    await begin(stores, org_id, "key", key_hash=key_hash(key))
    await begin(stores, org_id, "first", key_hash=key_hash(organization_key))
    assert await rights("one") == RIGHTS[UserRole.OFFICE]
    assert await rights("one", NOW + SESSION_MS - 1)
    assert not await rights("one", NOW + SESSION_MS)
    assert not await rights("none")
    assert await rights("key") == RIGHTS[UserRole.VIEWER]
    assert await rights("first") == RIGHTS[UserRole.OWNER]
    await users.set_role(organizations, org_id, user.user_id, "viewer")
    assert await rights("one") == RIGHTS[UserRole.VIEWER]
    await users.end_sign_ins(organizations, org_id, user_id=user.user_id, but=token_hash("two"))
    assert (await rights("one"), await rights("two")) == (frozenset(), RIGHTS[UserRole.VIEWER])
    await users.disable(organizations, org_id, user.user_id, NOW)
    await users.enable(organizations, org_id, user.user_id)
    assert not await rights("two"), "what ended does not begin again"
    await keys.revoke_key(organizations, org_id, key_id(key_hash(key)), NOW)
    assert not await rights("key")
    assert await stores.users.forget_sign_ins(org_id, NOW - 1) == 0
    assert await stores.users.forget_sign_ins(org_id, NOW) == 1


async def test_who_shows_their_password_again_has_shown_it_for_a_while(
    school: School, stores: Stores
) -> None:
    org_id = school.organization.org_id
    user = await joined(stores, org_id)
    await begin(stores, org_id, "one", user_id=user.user_id)
    sign_ins, later = sign_ins_on(stores), NOW + PROVED_MS
    known = await sign_ins.known(org_id, "one", later)
    assert later - known.proved_at == PROVED_MS
    with pytest.raises(Unauthorized):
        await sign_ins.prove(known, "something else", later)
    await sign_ins.prove(known, PASSWORD, later)
    assert (await sign_ins.known(org_id, "one", later)).proved_at == later


async def test_a_key_has_its_scopes_and_its_end_and_is_told_when_it_was_used(
    school: School, stores: Stores
) -> None:
    org_id, organizations = school.organization.org_id, stores.organizations
    terms = KeyTerms("portal", frozenset({Scope.READ, Scope.INGEST}), NOW + DAY)
    key = await keys.add_key(organizations, org_id, terms, NOW)
    uses = KeyUses(stores.users, lambda: NOW + 5)
    assert (await KnownKeys(organizations, uses).caller(key, NOW)).scopes == terms.scopes
    await uses.keep()
    found = {one.key_hash: one for one in await organizations.keys(org_id)}[key_hash(key)]
    assert (found.scopes, found.expires_at, found.used_at) == (terms.scopes, NOW + DAY, NOW + 5)
    await KnownKeys(organizations, uses).caller(key, NOW + DAY - 1)
    uses._now = lambda: NOW + 9
    await uses.keep()
    assert found in await organizations.keys(org_id), "once a day is enough"
    with pytest.raises(Unauthorized):
        await KnownKeys(organizations).caller(key, NOW + DAY)
    with pytest.raises(InvalidInput):
        await keys.add_key(organizations, org_id, KeyTerms("late", EVERY_SCOPE, NOW), NOW)
    only_brings = KeyTerms("events", frozenset({Scope.INGEST}))
    brings = await keys.add_key(organizations, org_id, only_brings, NOW)
    with pytest.raises(Forbidden):
        await sign_ins_on(stores).by_key(brings, NOW)


async def test_a_user_who_is_deleted_is_gone_with_their_name_and_address(
    school: School, stores: Stores
) -> None:
    org_id = school.organization.org_id
    user = await joined(stores, org_id)
    await users.delete(stores.organizations, org_id, user.user_id)
    assert await stores.users.users(org_id) == []
    assert await stores.users.organizations_of_email(email_hash(user.email)) == []
    entries = [kept.entry for kept in await stores.audit.latest(org_id, None, 10)]
    assert [entry.action for entry in entries[:3]] == [
        Action.USER_DELETED,
        Action.USER_JOINED,
        Action.USER_INVITED,
    ]
    assert not any("ada" in str(entry).lower() for entry in entries)


async def test_an_organization_that_is_deleted_leaves_no_address_behind(
    school: School, stores: Stores
) -> None:
    org_id = school.organization.org_id
    user = await joined(stores, org_id)
    await stores.deletions.close_organization(org_id, NOW)
    assert await stores.users.organizations_of_email(email_hash(user.email)) == []
    while await stores.deletions.delete_from_organization(org_id, 100):
        pass
    assert await stores.users.users(org_id) == []


async def test_a_teacher_has_the_rooms_in_which_the_ledger_saw_them_teach(
    school: School, other: School, stores: Stores
) -> None:
    org_id = school.organization.org_id
    late, later = ("2024-01-15T10:30:00Z", "2024-01-15T10:45:00Z"), ("2024-01-15T11:00:00Z", None)
    await school.saw(
        Visit(uid="ann", role="TEACHER", id="1"),
        Visit(*late, uid="ann", role="TEACHER", room="art", title=None, id="2"),
        Visit(*later, uid="ann", role="TEACHER", room="never", id="3"),
        Visit(*later, uid="ann-2", role="TEACHER", id="4"),
        Visit(uid="pupil", room="of-pupils", id="5"),
        Visit(uid="zed", role="TEACHER", room="of-zed", id="6"),
    )
    await other.saw(Visit(uid="ann", role="TEACHER", room="elsewhere", id="7"))
    await school.corrected("3", Correction("a test", "a key", void=True))
    named, known_by = ("Ann", "ann@school.example", "teacher"), ("pupil", "ann", "ann-2", "ann")
    with pytest.raises(InvalidInput, match="participant must be told"):
        await users.invite(stores.organizations, org_id, named, NOW)
    user, _ = await users.invite(stores.organizations, org_id, named, NOW, known_by)
    rooms = await stores.users.rooms_taught_by(org_id, user.user_id)
    assert [(one.room_id, one.title, one.last_there) for one in rooms] == [
        ("math-101", "Calculus I", from_text("2024-01-15T11:00:00Z")),
        ("art", None, from_text("2024-01-15T10:30:00Z")),
    ]
    assert await stores.users.rooms_taught_by(other.organization.org_id, user.user_id) == []
    kept = await stores.users.participants(org_id)
    assert kept == {user.user_id: ["ann", "ann-2", "pupil"]}
    # Whom the ledger knows as a pupil from now on taught nowhere.
    await school.saw(Visit("2024-01-16T09:00:00Z", None, "art", "ann", role="STUDENT", id="8"))
    rooms = await stores.users.rooms_taught_by(org_id, user.user_id)
    assert [one.room_id for one in rooms] == ["math-101"]
    await users.set_role(stores.organizations, org_id, user.user_id, "viewer", ["ann"])
    assert await stores.users.rooms_taught_by(org_id, user.user_id) == []
