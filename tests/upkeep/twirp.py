"""A stand-in for LiveKit's RoomService: it answers what tests put in, to whoever has the right."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from aiohttp import web
from google.protobuf.json_format import MessageToJson, Parse
from google.protobuf.message import Message
from livekit.api import (
    ListParticipantsRequest,
    ListParticipantsResponse,
    ListRoomsRequest,
    ListRoomsResponse,
    TokenVerifier,
    VideoGrants,
)

FIXTURES = Path(__file__).parents[1] / "fixtures" / "webhooks" / "livekit"
KEY, SECRET = "APIofTheTests", "a-secret-of-at-least-thirty-two-bytes"
SECRETS = ({"api_key": KEY, "api_secret": SECRET},)
_PROTOBUF = "application/protobuf"

M = TypeVar("M", bound=Message)


def fixture(name: str) -> str:
    return (FIXTURES / f"api.{name}.response.json").read_text(encoding="utf-8")


@dataclass
class RoomService:
    """What the server answers, who asked what, and how it fails."""

    rooms: ListRoomsResponse = field(default_factory=ListRoomsResponse)
    people: dict[str, ListParticipantsResponse] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fails: dict[str, web.Response] = field(default_factory=dict)
    hangs: bool = False
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    def fill(self) -> None:
        """One room with two people and an egress, as a real server listed them."""
        Parse(fixture("ListRooms"), self.rooms)
        (room,) = self.rooms.rooms
        self.people[room.name] = Parse(fixture("ListParticipants"), ListParticipantsResponse())

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if self.hangs:
            await self.stopped.wait()
        grants = _grants(request)
        if grants is None:
            return trouble(401, "unauthenticated")
        if method == "ListRooms":
            await _read(request, ListRoomsRequest())
            self.asked.append(method)
            return self.fails.get(method) or _told(request, self.rooms, allowed=grants.room_list)
        asked = await _read(request, ListParticipantsRequest())
        self.asked.append(f"{method} {asked.room}")
        allowed = grants.room_admin and grants.room == asked.room
        people = self.people.get(asked.room)
        if people is None:
            return trouble(404, "not_found")
        return self.fails.get(method) or _told(request, people, allowed=allowed)


def trouble(status: int, code: str) -> web.Response:
    return web.json_response({"code": code, "msg": "said by the stand-in"}, status=status)


@asynccontextmanager
async def room_service() -> AsyncIterator[RoomService]:
    service = RoomService()
    app = web.Application()
    app.router.add_post("/twirp/livekit.RoomService/{method}", service.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    service.url = f"http://{host}:{port}"
    try:
        yield service
    finally:
        service.stopped.set()
        await runner.cleanup()


def _grants(request: web.Request) -> VideoGrants | None:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        return TokenVerifier(KEY, SECRET).verify(token).video
    except Exception:  # noqa: BLE001 (the SDK refuses with whatever its parts raise)
        return None


async def _read(request: web.Request, into: M) -> M:
    body = await request.read()
    if request.content_type == _PROTOBUF:
        into.ParseFromString(body)
    else:
        Parse(body, into)
    return into


def _told(request: web.Request, message: Message, *, allowed: bool | None) -> web.Response:
    if not allowed:
        return trouble(403, "permission_denied")
    if request.content_type == _PROTOBUF:
        return web.Response(body=message.SerializeToString(), content_type=_PROTOBUF)
    text = MessageToJson(message, preserving_proto_field_name=True)
    return web.json_response(json.loads(text))
