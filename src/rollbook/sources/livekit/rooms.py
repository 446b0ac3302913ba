"""LiveKit's RoomService, asked through its official SDK who is in the rooms of a server."""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

import aiohttp
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from livekit.api import (
    ListParticipantsRequest,
    ListRoomsRequest,
    LiveKitAPI,
    ParticipantInfo,
    Room,
    ServerError,
)

from rollbook.domain.redaction import storable
from rollbook.domain.sources import Source
from rollbook.service.platforms import (
    ListedPerson,
    PlatformUnavailable,
    TranslationSettings,
    translation_settings,
)
from rollbook.sources.common.payloads import JsonObject, identifier
from rollbook.sources.livekit.webhooks import listed

_REQUEST_SECONDS = 10
_ROOMS_AT_A_TIME = 8
_REFUSALS = {401, 403}
_TROUBLE = (ServerError, aiohttp.ClientError, DecodeError, OSError, ValueError)

T = TypeVar("T")
_RoomOfPeople = tuple[Room, Iterable[ParticipantInfo]]


class LiveKitRooms:
    """Asks a LiveKit server who is in its rooms (upkeep_ports.PlatformRooms)."""

    async def listing(self, source: Source, server_url: str) -> "LiveKitListing":
        here = {
            presence_id: (room, person)
            for room, people in await _rooms(server_url, source.proving())
            for person in people
            if person.state != ParticipantInfo.State.DISCONNECTED
            and (presence_id := identifier(person.sid)) is not None
        }
        # As with deliveries: a default role is no telling, and upkeep adds it where none is told.
        return LiveKitListing(here, replace(translation_settings(source), default_role=None))


class LiveKitListing:
    """Everybody on a server (upkeep_ports.Listing). Only who is asked for is translated: few are."""

    def __init__(
        self, here: Mapping[str, tuple[Room, ParticipantInfo]], settings: TranslationSettings
    ) -> None:
        self._here = here
        self._settings = settings

    @property
    def presence_ids(self) -> Collection[str]:
        return self._here.keys()

    def person(self, presence_id: str, now: int) -> ListedPerson | None:
        room, person = map(_as_told, self._here[presence_id])
        joined = listed(room, person, self._settings, now)
        if joined is None:
            return None
        return ListedPerson(joined, {"room": room, "participant": person})


async def _rooms(server_url: str, secrets: Iterable[Mapping[str, str]]) -> list[_RoomOfPeople]:
    """Every room and who is in it, by the first secret that the server takes."""
    refusal = PlatformUnavailable("the source has no secret")
    for secret in secrets:
        try:
            async with _opened(server_url, secret) as api:
                return await _rooms_of(api)
        except ServerError as error:
            refusal = _trouble(error)
            if error.status not in _REFUSALS:
                break
        except _TROUBLE as error:
            raise _trouble(error) from error
        except ExceptionGroup as errors:
            known, unknown = errors.split(_TROUBLE)
            if known is None or unknown is not None:
                raise
            raise _trouble(known.exceptions[0]) from errors
    raise refusal


async def _rooms_of(api: LiveKitAPI) -> list[_RoomOfPeople]:
    rooms = (await _in_time(api.room.list_rooms(ListRoomsRequest()))).rooms
    turns = asyncio.Semaphore(_ROOMS_AT_A_TIME)

    async def people(room: Room) -> _RoomOfPeople:
        async with turns:
            return room, await _people_in(api, room.name)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(people(room)) for room in rooms]
    return [task.result() for task in tasks]


async def _people_in(api: LiveKitAPI, room_name: str) -> Iterable[ParticipantInfo]:
    try:
        asked = ListParticipantsRequest(room=room_name)
        return (await _in_time(api.room.list_participants(asked))).participants
    except ServerError as error:
        if error.code == "not_found":
            return ()  # the room ended between the two questions
        raise


async def _in_time(call: Coroutine[None, None, T]) -> T:
    # The SDK asks with `timeout=None`, which aiohttp takes for "wait for ever", whatever timeout
    # its session was opened with.
    async with asyncio.timeout(_REQUEST_SECONDS):
        return await call


@asynccontextmanager
async def _opened(server_url: str, secret: Mapping[str, str]) -> AsyncIterator[LiveKitAPI]:
    async with (
        aiohttp.ClientSession(raise_for_status=_require_livekit) as session,
        LiveKitAPI(server_url, secret["api_key"], secret["api_secret"], session=session) as api,
    ):
        yield api


async def _require_livekit(response: aiohttp.ClientResponse) -> None:
    """An empty 200 from a proxy on the way would read as "no rooms", and close every session."""
    if response.status == 200 and response.content_type != "application/protobuf":
        message = f"the answer is {response.content_type}, not LiveKit's"
        raise aiohttp.ClientPayloadError(message)


def _as_told(message: Message) -> JsonObject:
    """A message as webhooks write it, with credentials taken out."""
    told = storable(MessageToDict(message))
    return told if isinstance(told, dict) else {}


def _trouble(error: BaseException) -> PlatformUnavailable:
    if isinstance(error, ServerError):
        return PlatformUnavailable(f"the server answers {error.status} ({error.code})")
    if isinstance(error, TimeoutError):
        return PlatformUnavailable(f"the server does not answer within {_REQUEST_SECONDS} seconds")
    # Other messages may quote the address, which can hold a password: only their kind is told.
    return PlatformUnavailable(f"the server cannot be asked ({type(error).__name__})")
