"""LiveKit's official SDK asks a stand-in that speaks as a real server did."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from aiohttp import web
from livekit.api import ParticipantInfo
from support.organizations import add_source
from upkeep.twirp import KEY, SECRET, SECRETS, RoomService, room_service, trouble
from upkeep.world import World

from rollbook.domain.events import EndEvidence, Joined, JoinEvidence, Participant, Role, Room
from rollbook.domain.ids import OrgId
from rollbook.domain.sources import Source
from rollbook.service.platforms import PlatformUnavailable
from rollbook.service.upkeep.round import keep_up
from rollbook.sources.livekit import rooms as livekit_rooms
from rollbook.sources.livekit.rooms import LiveKitRooms

SOURCE = Source(OrgId("org"), "orgsource", "livekit", "livekit", 0, secrets=SECRETS)
NOW = 1_795_424_500_000
TEACHER = Joined(
    "PA_k7RzVn3QpXyd",
    Room("consult-8842", "consult-8842", "RM_hT4wXq9bZ7Lm"),
    Participant("user-1042", "María Núñez", Role.TEACHER),
    1_795_424_401_342,
    evidence=JoinEvidence.TOLD,
)


@pytest.fixture
async def server() -> AsyncIterator[RoomService]:
    async with room_service() as running:
        running.fill()
        yield running


async def test_everybody_is_listed_and_people_are_told_apart(server: RoomService) -> None:
    listing = await LiveKitRooms().listing(SOURCE, server.url)
    assert set(listing.presence_ids) == {"PA_k7RzVn3QpXyd", "PA_e3HsTb6WmJqf", "PA_d5ZkCw9RpTgm"}
    teacher = listing.person("PA_k7RzVn3QpXyd", NOW)
    assert teacher is not None
    assert teacher.joined == TEACHER
    guest = listing.person("PA_e3HsTb6WmJqf", NOW)
    assert guest is not None
    # "guest" is no role, and a default is no telling.
    assert guest.joined.participant == Participant("guest-77f1", "Ola Berg", None)
    assert listing.person("PA_d5ZkCw9RpTgm", NOW) is None
    assert server.asked == ["ListRooms", "ListParticipants consult-8842"]


async def test_no_credential_is_kept(server: RoomService) -> None:
    listing = await LiveKitRooms().listing(SOURCE, server.url)
    person = listing.person("PA_k7RzVn3QpXyd", NOW)
    assert person is not None
    assert server.rooms.rooms[0].turn_password not in str(person.told)
    assert "user-1042" in str(person.told)


@pytest.mark.parametrize("state", ["JOINING", "JOINED"])
async def test_who_is_not_there_yet_is_listed_and_not_a_person(
    server: RoomService, state: str
) -> None:
    first(server).state = getattr(ParticipantInfo.State, state)
    listing = await LiveKitRooms().listing(SOURCE, server.url)
    assert "PA_k7RzVn3QpXyd" in listing.presence_ids
    assert listing.person("PA_k7RzVn3QpXyd", NOW) is None


async def test_who_is_disconnected_is_gone(server: RoomService) -> None:
    first(server).state = ParticipantInfo.State.DISCONNECTED
    listing = await LiveKitRooms().listing(SOURCE, server.url)
    assert "PA_k7RzVn3QpXyd" not in listing.presence_ids


@pytest.mark.parametrize("kind", [*range(1, 3), 4, 5, 6, 8, 99])
async def test_kinds_that_are_no_people_or_unknown_do_not_count(
    server: RoomService, kind: int
) -> None:
    first(server).kind = kind  # type: ignore[assignment]  # also what this SDK does not know
    listing = await LiveKitRooms().listing(SOURCE, server.url)
    assert listing.person("PA_k7RzVn3QpXyd", NOW) is None


@pytest.mark.parametrize("permission", ["hidden", "recorder", "agent"])
async def test_who_is_hidden_does_not_count(server: RoomService, permission: str) -> None:
    setattr(first(server).permission, permission, True)
    listing = await LiveKitRooms().listing(SOURCE, server.url)
    assert listing.person("PA_k7RzVn3QpXyd", NOW) is None


async def test_many_rooms_are_asked_one_by_one(server: RoomService) -> None:
    for number in range(30):
        room = server.rooms.rooms.add(sid=f"RM_{number}", name=f"room {number}/ü")
        server.people[room.name] = type(server.people["consult-8842"])()
        server.people[room.name].participants.add(sid=f"PA_{number}", identity="x")
    listing = await LiveKitRooms().listing(SOURCE, server.url)
    assert len(listing.presence_ids) == 33


async def test_a_room_that_ends_between_two_questions_is_empty(server: RoomService) -> None:
    server.rooms.rooms.add(sid="RM_gone", name="gone")
    assert len((await LiveKitRooms().listing(SOURCE, server.url)).presence_ids) == 3


async def test_an_empty_server_is_an_answer(server: RoomService) -> None:
    del server.rooms.rooms[:]
    assert not (await LiveKitRooms().listing(SOURCE, server.url)).presence_ids


async def test_while_a_secret_is_replaced_any_that_works_is_used(server: RoomService) -> None:
    new = {"api_key": KEY, "api_secret": SECRET[::-1]}
    listing = await LiveKitRooms().listing(replace(SOURCE, secrets=(new, *SECRETS)), server.url)
    assert len(listing.presence_ids) == 3


NOT_LIVEKIT: dict[str, tuple[Callable[[], web.Response], str]] = {
    "an empty 200": (web.Response, "ClientPayloadError"),
    "a page of a proxy": (
        lambda: web.Response(text="<p>Hello</p>", content_type="text/html"),
        "ClientPayloadError",
    ),
    "a redirect to a login": (
        lambda: web.Response(status=302, headers={"Location": "/login"}),
        "answers 404",
    ),
    "broken bytes": (
        lambda: web.Response(body=b"\xff\xff\xff", content_type="application/protobuf"),
        "DecodeError",
    ),
    "an error": (lambda: trouble(500, "internal"), r"answers 500 \(internal\)"),
    "a refusal": (lambda: trouble(403, "permission_denied"), "answers 403"),
    "too much": (lambda: trouble(429, "resource_exhausted"), "answers 429"),
}


@pytest.mark.parametrize("method", ["ListRooms", "ListParticipants"])
@pytest.mark.parametrize("what", NOT_LIVEKIT)
async def test_what_is_no_full_answer_is_trouble(
    server: RoomService, what: str, method: str
) -> None:
    make, said = NOT_LIVEKIT[what]
    server.fails[method] = make()
    with pytest.raises(PlatformUnavailable, match=said) as raised:
        await LiveKitRooms().listing(SOURCE, server.url)
    assert SECRET not in raised.value.message
    assert server.url not in raised.value.message


async def test_a_hanging_server_is_trouble(
    server: RoomService, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.hangs = True
    monkeypatch.setattr(livekit_rooms, "_REQUEST_SECONDS", 0.1)
    with pytest.raises(PlatformUnavailable, match="does not answer within"):
        await LiveKitRooms().listing(SOURCE, server.url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "nonsense", "livekit.example:7880", "ftp://127.0.0.1", "http://["]
)
async def test_no_server_is_trouble(url: str) -> None:
    with pytest.raises(PlatformUnavailable):
        await LiveKitRooms().listing(SOURCE, url)


async def test_a_source_without_a_secret_is_trouble(server: RoomService) -> None:
    with pytest.raises(PlatformUnavailable, match="has no secret"):
        await LiveKitRooms().listing(replace(SOURCE, secrets=()), server.url)


async def test_the_ledger_is_reconciled_with_a_server(
    server: RoomService, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """From the listing of a server to sessions, with nothing between them replaced."""
    caplog.set_level(logging.ERROR)
    source = Source(
        world.source.org_id,
        world.source.org_id + "real",
        "livekit",
        "real",
        0,
        secrets=SECRETS,
        settings={"server_url": server.url},
    )
    await add_source(world.stores, source)
    upkeep = replace(world.upkeep, platforms={"livekit": LiveKitRooms()})
    world.clock.at = seen_at = NOW
    await keep_up(upkeep)
    session = await world.existing("PA_k7RzVn3QpXyd", source)
    assert (session.joined_at, session.left_at) == (TEACHER.at, None)
    assert await world.session("PA_d5ZkCw9RpTgm", source) is None
    person = (await world.stores.reports.room_title(source.org_id, "consult-8842"), None)
    assert person == ("consult-8842", None)
    del server.people["consult-8842"].participants[0]
    for _ in range(2):
        world.clock.at += 60_000
        await keep_up(upkeep)
    session = await world.existing("PA_k7RzVn3QpXyd", source)
    assert (session.left_at, session.left_by) == (seen_at, EndEvidence.RECONCILED)
    assert (await world.existing("PA_e3HsTb6WmJqf", source)).left_at is None


def first(server: RoomService) -> ParticipantInfo:
    return server.people["consult-8842"].participants[0]
