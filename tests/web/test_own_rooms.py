"""Teachers: every page and form, about their own room, another one, and one of another school."""

import io
import re
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from support.visits import Visit, facts_of, told
from web.application import Application, Running
from web.test_rights import ENDS, PASSWORD, asked_for
from web.test_rooms import TWO_CLASSES, put_members
from web.test_said import data
from web.test_sessions import saw
from web.visitor import Visitor, visitor

from rollbook.domain.rights import Right
from rollbook.domain.sources import OwnKind
from rollbook.service.organizations import users
from rollbook.service.organizations.keys import create_organization
from rollbook.service.organizations.sources import ensure_source
from rollbook.web.dashboard.rights import NEEDS, ROOM_NAMED

OWN, OTHER, FOREIGN = "math-101", "heron-room", "foreign-room"
DAYS = "from=2024-01-15&to=2024-01-16"
NOON = 1_705_311_000_000  # 2024-01-15 09:30 UTC, within the class
ALWAYS = {Right.OWN, Right.TEACH}
OF_A_ROOM = {Right.ROOM, Right.CLASS}


def elsewhere(uid: str, name: str, role: str = "STUDENT", room: str = OTHER) -> Visit:
    joined, left = "2024-01-15T13:00:00Z", "2024-01-15T14:00:00Z"
    return Visit(joined, left, room, uid, name, role, "Heron hall")


async def ledger(application: Application) -> None:
    """Ann teaches a room; one of her pupils is in another, of which she must hear nothing."""
    await saw(application, *TWO_CLASSES)
    await saw(
        application,
        elsewhere("zed", "Zed Heron", "TEACHER"),
        elsewhere("stranger", "Heron Stranger"),
        elsewhere("jane", "Jane"),
    )
    await put_members(application, "jane", "bob", "eve", day="2024-01-01")
    week = {"from": "2024-01-15", "to": "2024-01-16", "roomId": OTHER, "note": "heron of an ill"}
    await data(application, "POST", "participants/bob/excuses", week)
    own = week | {"roomId": OWN, "note": "a cold"}
    await data(application, "POST", "participants/eve/excuses", own)
    services = application.services
    made, _ = await create_organization(services.organizations, "Heron", "UTC", services.now())
    await ensure_source(services.organizations, made.org_id, OwnKind.IMPORT, None, services.now())
    # The same id teaches at another school, too.
    there = [elsewhere("ann", "Ann", "TEACHER", FOREIGN)]
    await told(services.ledger, made, facts_of(there))  # type: ignore[arg-type]  # the port of imports


@asynccontextmanager
async def teacher(application: Application, *participants: str) -> AsyncIterator[Visitor]:
    services, pages = application.services, application.services.pages()
    named = ("Ann", "ann@school.example", "teacher")
    org_id, now = application.org_id, services.now()
    user, token = await users.invite(services.organizations, org_id, named, now, participants)
    hashed = await pages.passwords.hashed(PASSWORD)  # type: ignore[attr-defined]
    await users.accept(services.organizations, (org_id, user), token, hashed, now)
    async with visitor(application, email=user.email, password=PASSWORD) as somebody:
        yield somebody


async def token_of(somebody: Visitor) -> str:
    await somebody.open("/account")
    return somebody.hidden("token")


async def about(somebody: Visitor, method: str, path: str, token: str, room: str) -> httpx.Response:
    if method == "POST":
        form = {"token": token, "id": room, "room": room, "uid": "bob", "for": "class"}
        return await somebody.client.post(path, data=form)
    return await somebody.client.request(method, f"{path}?id={room}&{DAYS}")


def test_every_page_and_form_of_a_room_says_where_it_names_it() -> None:
    of_rooms = {line for line in NEEDS if line[1] == "/room" or line[1].startswith("/room")}
    of_rooms -= {line for line in NEEDS if line[1].startswith("/rooms")}
    of_all = {line for line in of_rooms if NEEDS[line] not in OF_A_ROOM}
    assert of_all == {("POST", f"/room/{one}") for one in ("rule", "roster", "schedule")}
    assert ROOM_NAMED.keys() == {line for line, right in NEEDS.items() if right in OF_A_ROOM}


@pytest.mark.parametrize("room", [OWN, OTHER, FOREIGN, "no-such-room"])
async def test_a_teacher_opens_what_is_of_their_own_room_and_nothing_else(
    running: Running, room: str
) -> None:
    async with running() as application:
        await ledger(application)
        async with teacher(application, "ann") as ann:
            token = await token_of(ann)
            for method, path in sorted(asked_for(), key=lambda one: one[1] in ENDS):
                if path in ENDS:
                    break
                right = NEEDS["GET" if method == "HEAD" else method, path]
                answer = await about(ann, method, path, token, room)
                if path == "/" and method != "POST":
                    assert answer.headers["Location"] == "/my-rooms"
                    continue
                allowed = right in ALWAYS or (right in OF_A_ROOM and room == OWN)
                assert (answer.status_code != 403) is allowed, (method, path, answer.text[-600:])
                assert answer.status_code < 500, (method, path)
                if not allowed and method != "HEAD":
                    assert "Who may" in answer.text
                    assert "heron" not in answer.text.lower()


async def test_nobody_else_is_let_in_to_my_rooms(running: Running) -> None:
    async with running() as application, visitor(application) as owner:
        assert "Who may: teacher" in await owner.open("/my-rooms", 403)


def text_of(answer: httpx.Response) -> str:
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


async def test_nothing_of_other_rooms_stands_on_their_pages_and_no_link_is_refused(
    running: Running,
) -> None:
    async with running() as application:
        await ledger(application)
        async with teacher(application, "ann") as ann:
            addresses = [path for method, path in ROOM_NAMED if method == "GET"]
            seen = ["/my-rooms", "/account", *(f"{path}?id={OWN}&{DAYS}" for path in addresses)]
            seen.append(f"/room?id={OWN}&{DAYS}&class=1705309200000&excuse=bob")
            assert "Calculus I" in await ann.open("/my-rooms")
            assert "Jane" in await ann.open(f"/room?id={OWN}&{DAYS}")
            links = set()
            for address in seen:
                answer = await ann.client.get(address)
                assert answer.status_code == 200, address
                text = text_of(answer)
                for word in ("heron", "foreign", "stranger", "13:00"):
                    assert word not in text.lower(), (address, word)
                links |= set(re.findall(r'(?:href|src)="(/[^"#]*)', text))
            links = {unescape(one) for one in links if not one.startswith(("/static/", "/docs"))}
            assert any(one.startswith("/room/sheet") for one in links)
            for link in links:
                answer = await ann.client.get(link)
                assert answer.status_code in {200, 303}, link


@pytest.mark.parametrize("rooms", [(OWN, OTHER), (OTHER, OWN)])
async def test_whoever_names_two_rooms_gets_neither_of_those_that_are_not_theirs(
    running: Running, rooms: Sequence[str]
) -> None:
    async with running() as application:
        await ledger(application)
        async with teacher(application, "ann") as ann:
            query = "&".join(f"id={room}" for room in rooms)
            for method, path in ROOM_NAMED:
                if method == "GET":
                    await ann.open(f"{path}?{query}&{DAYS}", 403)
            times = {"start": "1705323600000", "end": "1705327200000", "note": "x", "what": "drop"}
            token = await token_of(ann)
            pairs = [("token", token), *times.items(), *(("id", room) for room in rooms)]
            status = 303 if rooms[-1] == OWN else 403
            forms: Sequence[dict[str, Any]] = (
                {"files": [(name, (None, value)) for name, value in pairs]},
                {
                    "content": urlencode(pairs).encode(),
                    "headers": {"Content-Type": "application/x-www-form-urlencoded"},
                },
            )
            for sent in forms:
                answer = await ann.client.post(f"/room/class?id={rooms[0]}", **sent)
                assert answer.status_code in {status, 409 if status == 303 else 403}, answer.text
            await ann.client.post("/room/class", data={"token": token, **times, "id": f" {OWN}"})
        said = application.services.rooms.sayings
        assert (await said.ever_of_room(application.org_id, OTHER, 9)).kept == []
        own = (await said.ever_of_room(application.org_id, OWN, 9)).kept
        assert len(own) == (1 if status == 303 else 0)


async def test_a_teacher_excuses_from_a_class_of_their_room_and_from_nothing_else(
    running: Running,
) -> None:
    async with running() as application:
        await ledger(application)
        org_id, said = application.org_id, application.services.rooms.sayings
        (other,) = await said.excuses_of(org_id, "bob")
        days = {"from": "2024-01-16", "to": "2024-01-16", "roomId": OWN, "note": "a day"}
        await data(application, "POST", "participants/bob/excuses", days)
        async with teacher(application, "ann") as ann:
            token = await token_of(ann)
            form = {
                "token": token, "room": OWN, "uid": "bob", "for": "class", "class": str(NOON),
                "note": "ill", "everywhere": "yes", "first": "2024-01-15", "last": "2024-12-31",
                "next": "/person?uid=bob",
            }  # fmt: skip

            async def send(status: int, path: str = "/person/excuses", **fields: str) -> str:
                answer = await ann.client.post(path, data=form | fields)
                assert answer.status_code == status, answer.text
                assert "heron" not in answer.text.lower()
                return answer.text

            # A form with a mistake in it must not be shown with what somebody is excused from.
            for of in ("days", "", "class "):
                await send(403, **{"for": of, "note": ""})
                await send(403, **{"for": of})
            await send(403, uid="stranger")
            await send(403, room=OTHER)
            await send(403, room=f" {OTHER}", id=OWN)
            await send(303)
            held = {one.said.said_id: one for one in await said.excuses_of(org_id, "bob")}
            (made,) = [one for one in held.values() if one.said.note == "ill"]
            assert (made.room_id, made.first, made.last) == (OWN, made.last, made.first)
            assert made.class_at is not None
            await ann.open("/person?uid=bob", 403)
            for one in held:
                status = 303 if one == made.said.said_id else 404
                await send(status, "/person/excuses/take-back", said=one)
        left = {one.said.note for one in await said.excuses_of(org_id, "bob")}
        assert left == {"a day", other.said.note}


async def test_the_rooms_end_with_what_the_ledger_knows_and_with_the_role(
    running: Running,
) -> None:
    async with running() as application:
        await ledger(application)
        async with teacher(application, "bob", "zed") as somebody:
            # Bob is a pupil there, which makes it no room that he teaches.
            await somebody.open(f"/room?id={OWN}", 403)
            await somebody.open(f"/room?id={OTHER}")
            assert "Heron hall" in await somebody.open("/my-rooms")
            services, pages = application.services, application.services.pages()
            (user,) = await pages.users.users(application.org_id)  # type: ignore[attr-defined]
            erasing = await application.client.request(
                "DELETE", "/v1/participants/zed", headers={"VF-ORG-ID": application.key}
            )
            assert erasing.status_code == 200, erasing.text
            pages.own_rooms.forget()  # type: ignore[attr-defined]
            await somebody.open(f"/room?id={OTHER}", 403)
            assert "No rooms yet" in await somebody.open("/my-rooms")
            organizations = services.organizations
            await users.set_role(organizations, application.org_id, user.user_id, "viewer")
            pages.sign_ins.forget()  # type: ignore[attr-defined]
            await somebody.open(f"/room?id={OTHER}")
            await somebody.open("/my-rooms", 403)


async def test_an_owner_says_who_a_teacher_is_in_the_ledger(running: Running) -> None:
    async with running() as application, visitor(application) as owner:
        await ledger(application)
        form = {"name": "Ann", "email": "ann@school.example", "role": "teacher"}
        await owner.open("/users")
        assert "participant" in (await owner.press("/users", form, 400)).text
        await owner.open("/users")
        await owner.press("/users", form | {"participants": "ann\r\n\r\n t-2 \r\n"})
        pages, org_id = application.services.pages(), application.org_id
        (user,) = await pages.users.users(org_id)  # type: ignore[attr-defined]
        read = pages.users.participants  # type: ignore[attr-defined]
        assert await read(org_id) == {user.user_id: ["ann", "t-2"]}
        change = {"user": user.user_id, "what": "role", "role": "teacher"}
        assert (await owner.press("/users/change", change | {"participants": "zed"})).is_redirect
        assert await read(org_id) == {user.user_id: ["zed"]}
        await owner.press("/users/change", change | {"role": "office", "participants": "zed"})
        assert await read(org_id) == {}
