"""`POST /v1/participant/context`: what an application tells reaches the session it belongs to."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest.account import Account
from ingest.book import Book, opened_book
from ingest.streams import NOON, Told

from rollbook.domain.context import Context, with_context
from rollbook.domain.events import Fact, Joined, Left, Participant, Room
from rollbook.domain.presences import Presence, presence_of
from rollbook.domain.sessions import Rules, fold
from rollbook.stores import Stores

MINUTE, HOUR = 60_000, 3_600_000
ROOM = Room("math-101", "Calculus I", "RM_1")
ANN, BOB = Participant("ann", "Ann"), Participant("bob", "Bob")


def joined(stay: str, minute: int, who: Participant = ANN, address: str | None = None) -> Joined:
    return Joined(stay, ROOM, who, NOON + minute * MINUTE, address)


def left(stay: str, minute: int, who: Participant = ANN) -> Left:
    return Left(stay, ROOM, who, NOON + minute * MINUTE)


def context(minute: float, address: str | None, agent: str | None = None) -> Context:
    return Context("ann", "math-101", NOON + int(minute * MINUTE), address, agent)


async def addresses(book: Book, *told: Context | Joined | Left) -> dict[str, str | None]:
    """Tell these in their order, each in a transaction; answers the address of each stay."""
    for number, one in enumerate(told):
        if isinstance(one, Context):
            await book.told_context(one)
        else:
            await book.told(Told(f"EV_{number}", (one,)))
    return {one.presence_id: one.ip_address for one in (await book.sessions()).values()}


async def test_a_context_told_before_the_join_reaches_the_session_that_follows(
    stores: Stores,
) -> None:
    book = await opened_book(stores, once=True)
    told = context(-2, "192.0.2.1", "Firefox"), joined("one", 0)
    assert await addresses(book, *told) == {"one": "192.0.2.1"}
    (session,) = (await book.sessions()).values()
    assert session.user_agent == "Firefox"


async def test_a_context_told_during_the_session_reaches_it(stores: Stores) -> None:
    book = await opened_book(stores, once=True)
    assert await addresses(book, joined("one", 0), context(5, "192.0.2.1")) == {"one": "192.0.2.1"}


async def test_each_rejoin_has_the_address_it_was_let_in_with(stores: Stores) -> None:
    book = await opened_book(stores, once=True)
    told = (
        context(-1, "192.0.2.1"),
        joined("one", 0),
        left("one", 10),
        context(14, "192.0.2.2"),
        joined("two", 15),
    )
    assert await addresses(book, *told) == {"one": "192.0.2.1", "two": "192.0.2.2"}


async def test_a_context_that_comes_late_changes_no_session_that_was_over(stores: Stores) -> None:
    book = await opened_book(stores, once=True)
    told = joined("one", 0), left("one", 10), context(12, "192.0.2.9")
    assert await addresses(book, *told) == {"one": None}


async def test_a_clock_that_is_a_little_ahead_keeps_no_context_from_its_session(
    stores: Stores,
) -> None:
    came, went, told = joined("one", 0), left("one", 10), context(11, "192.0.2.1")
    for order in ((came, told, went), (came, went, told)):
        book = await opened_book(stores, once=True)
        assert await addresses(book, *order) == {"one": "192.0.2.1"}


async def test_what_the_platform_tells_wins_whenever_it_comes(stores: Stores) -> None:
    book = await opened_book(stores, once=True)
    told = (
        context(-1, "192.0.2.1", "Firefox"),
        joined("one", 0, address="203.0.113.9"),
        context(1, "192.0.2.2"),
    )
    assert await addresses(book, *told) == {"one": "203.0.113.9"}
    (session,) = (await book.sessions()).values()
    assert session.user_agent == "Firefox"  # of which the platform told nothing


async def test_a_context_is_of_one_person_in_one_room(stores: Stores) -> None:
    book = await opened_book(stores, once=True)
    told = context(-1, "192.0.2.1"), joined("one", 0), joined("two", 0, BOB)
    assert await addresses(book, *told) == {"one": "192.0.2.1", "two": None}
    elsewhere = Joined("three", Room("art"), ANN, NOON)
    await book.told(Told("EV_9", (elsewhere,)))
    assert sorted(str(one.ip_address) for one in (await book.sessions()).values()) == [
        "192.0.2.1", "None", "None",
    ]  # fmt: skip


async def test_a_corrected_end_takes_a_context_back_that_no_longer_fits(stores: Stores) -> None:
    book = await opened_book(stores, once=True)
    told = joined("one", 0), context(30, "192.0.2.1")
    assert await addresses(book, *told) == {"one": "192.0.2.1"}
    await book.told(Told("EV_9", (left("one", 10),)))
    (session,) = (await book.sessions()).values()
    assert session.ip_address is None


async def test_two_tenants_with_the_same_people_and_rooms_are_told_apart(stores: Stores) -> None:
    book, other = [await opened_book(stores, once=True) for _ in range(2)]
    await addresses(other, joined("one", 0))
    assert await addresses(book, joined("one", 0), context(1, "192.0.2.1")) == {"one": "192.0.2.1"}
    (theirs,) = (await other.sessions()).values()
    assert theirs.ip_address is None


_HOURS = st.sampled_from((-24.01, -24, -1, 0, 0.01, 1, 47.9, 48, 48.01))


@settings(deadline=None)
@given(hours=st.lists(_HOURS, max_size=4), length=st.none() | st.integers(0, 60), data=st.data())
def test_the_order_of_contexts_does_not_show(
    hours: list[float], length: int | None, data: st.DataObject
) -> None:
    facts: list[Fact] = [joined("one", 0), *([] if length is None else [left("one", length)])]
    (presence,) = fold("source", facts, Rules(once=True)).values()
    told = [context(hour * 60, f"192.0.2.{n}") for n, hour in enumerate(hours)]
    there = with_context(presence, told)
    assert with_context(presence, data.draw(st.permutations(told))) == there
    assert with_context(there, told) == there


@pytest.mark.parametrize(
    ("hours", "fits"), [(-24.01, False), (-24, True), (0, True), (48, True), (48.01, False)]
)
def test_a_context_fits_a_day_before_the_join_and_two_after(hours: float, *, fits: bool) -> None:
    presence: Presence = presence_of("source", joined("one", 0))
    there = with_context(presence, [context(hours * 60, "192.0.2.1")])
    assert there.ip_address == ("192.0.2.1" if fits else None)


def _visit_now(account: Account) -> Any:
    answer = account.post("/v1/participant/sessions", {"uid": "ann"})
    (group,) = answer.json()["data"]["roomGroups"]
    (session,) = group["sessions"]
    return session


def test_a_context_over_http_reaches_the_report(account: Account) -> None:
    account.know(uid="ann", roomId="math-101", ipAddress="2001:DB8::7", name="Ann", role="teacher")
    account.delivered(Told("EV_1", (Joined("PA_1", ROOM, ANN, int(time.time()) * 1000),)))
    assert _visit_now(account)["ipAddress"] == "2001:db8::7"
    answer = account.post("/v1/participant/sessions", {"uid": "ann"})
    assert answer.json()["data"]["participant"]["role"] == "TEACHER"
    account.know(uid="ann", roomId="math-101", role="ADMIN")
    answer = account.post("/v1/participant/sessions", {"uid": "ann"})
    assert answer.json()["data"]["participant"] == {"uid": "ann", "name": "Ann", "role": "ADMIN"}


def test_a_context_of_one_tenant_is_nothing_to_another(
    account: Account, other_account: Account
) -> None:
    other_account.know(uid="ann", roomId="math-101", ipAddress="192.0.2.1")
    account.delivered(Told("EV_1", (Joined("PA_1", ROOM, ANN, int(time.time()) * 1000),)))
    assert _visit_now(account)["ipAddress"] is None


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "uid is required"),
        ({"uid": "ann"}, "roomId is required"),
        ({"uid": " ", "roomId": "art"}, "uid must not be blank"),
        ({"uid": "ann", "roomId": "art"}, "one of ipAddress, role, name, userAgent is required"),
        (
            {"uid": "ann", "roomId": "art", "ipAddress": "home"},
            "ipAddress must be an IPv4 or IPv6 address",
        ),
        (
            {"uid": "ann", "roomId": "art", "role": "boss"},
            "role must be one of TEACHER, STUDENT, MODERATOR, ADMIN",
        ),
        ({"uid": "ann", "roomId": "art", "userAgent": 1}, "userAgent must be a string"),
    ],
)
def test_a_context_that_says_nothing_right_is_refused_by_its_field(
    account: Account, said: dict[str, Any], message: str
) -> None:
    answer = account.post("/v1/participant/context", said)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "message": message, "error": "INVALID_REQUEST"}
    assert account.rows("context") == []


def test_only_a_known_organization_can_tell_a_context(account: Account) -> None:
    said = {"uid": "ann", "roomId": "art", "ipAddress": "192.0.2.1"}
    answer = account.post("/v1/participant/context", said, **{"VF-ORG-ID": "nobody"})
    assert answer.status_code == 401
