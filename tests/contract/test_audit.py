"""Who did what: kept with the change, for its organization alone, and forgotten after a time."""

from collections.abc import Awaitable, Callable

import pytest
from support.signing import secret_for

from rollbook.domain.audit import WHOLE_SERVICE, Action, Doer, Entry, Kept, entries_before
from rollbook.domain.credits import CreditRule
from rollbook.domain.errors import NotFound
from rollbook.domain.excuses import Excuse
from rollbook.domain.ids import OrgId
from rollbook.domain.kept import KeptClass
from rollbook.domain.limits import Limits
from rollbook.domain.organizations import Organization
from rollbook.domain.period import parse_day, time_zone
from rollbook.domain.presets import Term
from rollbook.domain.retention import Retention
from rollbook.domain.said import newly_said
from rollbook.domain.sources import Source
from rollbook.service.organizations import keys, limits, rosters, said, settings, sources, users
from rollbook.service.organizations.ports import Organizations
from rollbook.service.organizations.said import Speaker
from rollbook.service.upkeep.retention import forget_entries
from rollbook.sources.table import SOURCE_KINDS
from rollbook.store.audit import write_entry
from rollbook.stores import Stores, clock

NOW = 1_705_320_000_000
DAY = parse_day("2024-01-15", time_zone("UTC"), "day")
SOMEBODY = Doer("key 3f2a9c51d07b", "203.0.113.5", "request-1")
SECRET = secret_for("daily")


SPEAKER = Speaker("key 3f2a9c51d07b", NOW)
KEPT = KeptClass(NOW - 7_200_000, NOW - 3_600_000, True, newly_said(SPEAKER.by, NOW, "hidden note"))
EXCUSE = Excuse("hidden uid", "math", DAY, DAY, None, newly_said(SPEAKER.by, NOW, "hidden note"))


async def entries(stores: Stores, org_id: str) -> list[Entry]:
    """The latest first."""
    return [kept.entry for kept in await stores.audit.latest(org_id, None, 1000)]


async def _source(organizations: Organizations, org_id: str) -> Source:
    wanted = Source(OrgId(org_id), "", "daily", "ours", NOW)
    return await sources.add_platform_source(organizations, wanted, SOURCE_KINDS["daily"], SECRET)


async def _rotated(organizations: Organizations, org_id: str) -> None:
    source = (await organizations.sources(org_id))[-1]
    kind = SOURCE_KINDS["daily"]
    await sources.rotate_secret(organizations, source, kind, SECRET, drop_old=False)


async def _configured(organizations: Organizations, org_id: str) -> None:
    source = (await organizations.sources(org_id))[-1]
    changes = {"default_role": "TEACHER"}
    await sources.configure(organizations, source, SOURCE_KINDS["daily"], changes)


async def _paused(organizations: Organizations, org_id: str) -> None:
    await sources.set_disabled(organizations, (await organizations.sources(org_id))[-1], NOW)


async def _revoked(organizations: Organizations, org_id: str) -> None:
    key = (await organizations.keys(org_id))[-1]
    await keys.revoke_key(organizations, org_id, key.key_id, NOW)


HIDDEN = ("hidden name", "hidden@school.example", "office")


async def _of_user(
    work: Callable[..., Awaitable[object]], organizations: Organizations, org_id: str, *rest: object
) -> None:
    async with organizations.changing(org_id) as change:
        (user,) = await change.users()
    await work(organizations, org_id, user.user_id, *rest)


Change = Callable[[Organizations, str], Awaitable[object]]

CHANGES: list[tuple[Action, str, Change]] = [
    (Action.SETTING_CHANGED, "name", lambda o, id_: settings.rename(o, id_, "Values are hidden")),
    (Action.SETTING_CHANGED, "time zone", lambda o, id_: settings.set_time_zone(o, id_, "Asia/Tokyo")),
    (Action.SETTING_CHANGED, "dates and numbers", lambda o, id_: settings.set_locale(o, id_, "de_DE")),
    (Action.SETTING_CHANGED, "credit rule", lambda o, id_: settings.set_credit_rule(o, id_, CreditRule())),
    (Action.SETTING_CHANGED, "term", lambda o, id_: settings.set_term(o, id_, Term(DAY, DAY))),
    (Action.SETTING_CHANGED, "session time-out", lambda o, id_: settings.set_session_timeout(o, id_, 7)),
    (Action.SETTING_CHANGED, "retention", lambda o, id_: settings.set_retention(o, id_, Retention(7, 7))),
    (Action.LIMITS_CHANGED, "", lambda o, id_: limits.set_limits(o, id_, Limits(7))),
    (Action.KEY_ADDED, "key ", lambda o, id_: keys.add_key(o, OrgId(id_), keys.KeyTerms("hidden label"), NOW)),
    (Action.KEY_REVOKED, "key ", _revoked),
    (Action.USER_INVITED, "user ", lambda o, id_: users.invite(o, id_, HIDDEN, NOW)),
    (Action.USER_INVITED, "user ", lambda o, id_: _of_user(users.invite_again, o, id_, NOW)),
    (Action.USER_CHANGED, "user ", lambda o, id_: _of_user(users.withdraw_invitation, o, id_)),
    (Action.USER_CHANGED, "user ", lambda o, id_: _of_user(users.set_role, o, id_, "viewer")),
    (Action.USER_CHANGED, "user ", lambda o, id_: _of_user(users.disable, o, id_, NOW)),
    (Action.USER_CHANGED, "user ", lambda o, id_: _of_user(users.enable, o, id_)),
    (Action.USER_DELETED, "user ", lambda o, id_: _of_user(users.delete, o, id_)),
    (Action.SIGN_INS_ENDED, "with this key", lambda o, id_: users.end_sign_ins(o, id_, key_hash="x")),
    (Action.SOURCE_ADDED, "source ", _source),
    (Action.SECRET_ROTATED, "source ", _rotated),
    (Action.SOURCE_CHANGED, "source ", _configured),
    (Action.SOURCE_CHANGED, "source ", _paused),
    (Action.CLASS_KEPT, "room math", lambda o, id_: said.keep_class(o, id_, "math", KEPT)),
    (Action.CLASS_TAKEN_BACK, "room math", lambda o, id_: said.take_back_class(o, id_, "math", KEPT.said.said_id, SPEAKER)),
    (Action.EXCUSED, "room math", lambda o, id_: said.excuse(o, id_, EXCUSE)),
    (Action.EXCUSE_TAKEN_BACK, "room math", lambda o, id_: said.take_back_excuse(o, id_, ("hidden uid", EXCUSE.said.said_id), SPEAKER)),
    (Action.ROSTER_CHANGED, "room math", lambda o, id_: rosters.set_roster(o, id_, "math", {"ann": "Ann"}, DAY)),
]  # fmt: skip


async def test_every_change_is_noted_with_who_did_it_and_never_with_a_value(
    stores: Stores, organization: Organization
) -> None:
    org_id, organizations = organization.org_id, stores.organizations.by(SOMEBODY)
    for action, what, change in CHANGES:
        before = len(await entries(stores, org_id))
        began = clock()
        await change(organizations, org_id)
        noted = await entries(stores, org_id)
        assert len(noted) == before + 1, action
        latest = noted[0]
        assert (latest.org_id, latest.action, latest.doer) == (org_id, action, SOMEBODY)
        assert latest.what.startswith(what)
        assert began <= latest.at <= clock()
        for value in ("hidden", "Tokyo", "TEACHER", "ann", "Ann", *SECRET.values()):
            assert value not in latest.what


async def test_a_new_organization_and_its_first_key_are_noted_in_it(stores: Stores) -> None:
    made, key = await keys.create_organization(
        stores.organizations.by(SOMEBODY), "Riverside", "UTC", NOW
    )
    noted = await entries(stores, made.org_id)
    assert {entry.action for entry in noted} == {Action.ORGANIZATION_ADDED, Action.KEY_ADDED}
    assert key not in repr(noted)
    assert await entries(stores, WHOLE_SERVICE) == []


async def test_what_did_not_happen_is_not_noted(stores: Stores, organization: Organization) -> None:
    before = await entries(stores, organization.org_id)
    with pytest.raises(NotFound):
        await keys.revoke_key(stores.organizations, organization.org_id, "0" * 12, NOW)

    class Broken(Exception):
        pass

    async def breaks_off() -> None:
        async with stores.organizations.changing(organization.org_id) as change:
            await change.rename("Never")
            await change.note(Action.SETTING_CHANGED, "name")
            raise Broken

    with pytest.raises(Broken):
        await breaks_off()
    assert await entries(stores, organization.org_id) == before


async def test_another_key_for_secrets_is_noted_for_the_whole_service(stores: Stores) -> None:
    await stores.organizations.by(SOMEBODY).seal_with("abcdefabcdef")
    (entry,) = await entries(stores, WHOLE_SERVICE)
    assert (entry.action, entry.what) == (Action.SECRET_KEY_CHANGED, "abcdefabcdef")


async def test_entries_are_read_page_by_page_both_ways_each_once(
    stores: Stores, organization: Organization
) -> None:
    org_id = organization.org_id
    made = len(await entries(stores, org_id))
    # Several at one moment: the id tells them apart.
    for number in range(23):
        doer = Doer(f"number {number}")
        await stores.audit.add(Entry(org_id, NOW + number // 5, Action.EXPORTED, doer))
        await stores.audit.add(Entry("another", NOW, Action.EXPORTED, doer))
    back: list[Kept] = []
    before: tuple[int, str] | None = None
    while part := await stores.audit.latest(org_id, before, 7):
        back += part
        before = (part[-1].entry.at, part[-1].entry_id)
    onward: list[Kept] = []
    after = (-1, "")
    while part := await stores.audit.since(org_id, after, 7):
        onward += part
        after = (part[-1].entry.at, part[-1].entry_id)
    assert len(back) == 23 + made
    assert onward == back[::-1]
    assert {kept.entry.org_id for kept in back} == {org_id}
    assert [kept.entry.at for kept in onward] == sorted(kept.entry.at for kept in onward)


async def test_what_is_older_is_forgotten_a_part_at_a_time_and_only_there(stores: Stores) -> None:
    async with stores.database.writing() as connection:
        for number in range(1_100):
            entry = Entry("ours", NOW + number, Action.EXPORTED, SOMEBODY)
            await write_entry(connection, entry)
    await stores.audit.add(Entry("theirs", NOW, Action.EXPORTED, SOMEBODY))
    asked = 0

    async def may_go_on() -> bool:
        nonlocal asked
        asked += 1
        return True

    await forget_entries(stores.audit, "ours", NOW + 1_050, may_go_on)
    assert len(await entries(stores, "ours")) == 50
    assert len(await entries(stores, "theirs")) == 1
    assert asked == 3
    assert await stores.audit.forget("ours", NOW + 1_050, 500) == 0


def test_how_long_entries_are_kept() -> None:
    assert entries_before(0, NOW) is None
    assert entries_before(2, NOW) == NOW - 2 * 86_400_000
