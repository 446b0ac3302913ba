"""What deliveries of Jitsi, Agora and Twilio need of the routes: paths, repeats, the public address."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from support.signing import secret_for
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # it comes without types
from web.application import Application, Running

from rollbook.sources.table import SOURCE_KINDS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "webhooks"
VALUE = {"X-Rollbook-Secret": "the value that only Prosody knows"}
SECRET = "that-only-the-tests-know"
HEADER = {"header": "X-Rollbook-Secret", "value": VALUE["X-Rollbook-Secret"]}


async def sessions(application: Application, uid: str) -> list[Any]:
    answer = await application.client.post(
        "/v1/participant/sessions",
        json={"uid": uid, "startDate": "2026-11-23"},
        headers={"VF-ORG-ID": application.key},
    )
    rooms = answer.json()["data"]["roomGroups"]
    return [
        (session["joinedAt"], session["leftAt"]) for room in rooms for session in room["sessions"]
    ]


async def health(application: Application, kind: str) -> Mapping[str, Any]:
    answer = await application.client.get("/v1/sources", headers={"VF-ORG-ID": application.key})
    found = next(one for one in answer.json()["data"]["sources"] if one["kind"] == kind)
    return dict(found)


# --- Jitsi: a path behind the source ---------------------------------------------------------

JITSI_PATHS = {
    "muc-room-created": "/events/room/created",
    "muc-occupant-joined": "/events/occupant/joined",
    "muc-occupant-left": "/events/occupant/left",
    "_muc-room-destroyed.whole_class": "/events/room/destroyed",
}


async def test_jitsi_delivers_to_paths_behind_the_source(running: Running) -> None:
    async with running() as application:
        address = await application.source("jitsi", HEADER)
        for name, below in JITSI_PATHS.items():
            body = (FIXTURES / "jitsi" / f"{name}.json").read_bytes()
            answer = await application.client.post(address + below, content=body, headers=VALUE)
            assert (answer.status_code, answer.json()) == (200, {"success": True}), name
        assert await sessions(application, "user-1042") == [
            ("2026-11-23T09:00:01.000Z", "2026-11-23T09:30:44.000Z")
        ]


async def test_one_delivery_tells_a_whole_class(running: Running) -> None:
    async with running() as application:
        address = await application.source("jitsi", HEADER)
        body = (FIXTURES / "jitsi/_muc-room-destroyed.whole_class.json").read_bytes()
        for _ in range(2):
            path = f"{address}/events/room/destroyed"
            answer = await application.client.post(path, content=body, headers=VALUE)
            assert answer.status_code == 200
        assert await sessions(application, "user-1042") == [
            ("2026-11-23T09:00:01.000Z", "2026-11-23T09:30:44.000Z")
        ]
        guest = "f1d4a0b7-62c3-4f7e-9a58-0c3e5b7d9f10@meet.example.org/nT3kXq0a"
        assert await sessions(application, guest) == [
            ("2026-11-23T09:01:00.000Z", "2026-11-23T09:31:41.000Z")
        ]
        counted = await health(application, "jitsi")
        assert (counted["accepted"], counted["ignored"], counted["duplicate"]) == (3, 1, 4)


@pytest.mark.parametrize("below", ["/", "/events", "/a/b/c/d/e", "/events/occupant/joined"])
async def test_no_other_platform_has_paths_behind_its_source(running: Running, below: str) -> None:
    async with running() as application:
        for kind, platform in SOURCE_KINDS.items():
            path = await application.source(kind, secret_for(kind))
            answer = await application.client.post(path + below, content=b"{}")
            there = platform.paths_below or below == "/"
            assert (answer.json()["error"] == "NOT_FOUND") != there, kind
            assert (answer.status_code == 404) != there, kind


async def test_a_path_behind_no_source_is_not_found(running: Running) -> None:
    async with running() as application:
        for address in ("/v1/webhooks/jitsi/aaaaaaaaaaaaaaaaaaaa/x", "/v1/webhooks/other/a/x"):
            answer = await application.client.post(address, content=b"{}", headers=VALUE)
            assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND")


async def test_a_delivery_to_such_a_path_is_proved_as_any(running: Running) -> None:
    async with running() as application:
        address = await application.source("jitsi", HEADER)
        for headers in ({}, {"X-Rollbook-Secret": "a value"}, {"X-Other": HEADER["value"]}):
            path = f"{address}/events/room/created"
            answer = await application.client.post(path, content=b"{}", headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (401, "BAD_SIGNATURE")


# --- Agora: repeats, and the console's test --------------------------------------------------


async def post_agora(application: Application, address: str, event: Any) -> httpx.Response:
    body = json.dumps(event).encode()
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return await application.client.post(address, content=body, headers={"Agora-Signature-V2": mac})


async def test_a_repeat_of_agora_is_no_conflict(running: Running) -> None:
    async with running() as application:
        address = await application.source("agora", {"secret": SECRET})
        event = json.loads((FIXTURES / "agora/103.broadcaster_joined.json").read_text())
        for sent_at in (1, 2, 3):
            answer = await post_agora(application, address, {**event, "notifyMs": sent_at})
            assert answer.status_code == 200
        counted = await health(application, "agora")
        assert (counted["accepted"], counted["duplicate"]) == (1, 2)


async def test_the_test_of_agoras_console_is_answered_and_ignored(running: Running) -> None:
    async with running() as application:
        address = await application.source("agora", {"secret": SECRET})
        event = json.loads((FIXTURES / "agora/103.console_test.json").read_text())
        answer = await post_agora(application, address, event)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert (await health(application, "agora"))["ignored"] == 1
        assert await sessions(application, "12121212") == []


# --- Twilio: the address as it is known outside ----------------------------------------------


@pytest.mark.parametrize(
    ("public_url", "headers"),
    [
        ("https://rollbook.example", {}),
        ("https://rollbook.example:8443/school", {}),
        ("", {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "rollbook.example"}),
    ],
)
async def test_twilio_signs_the_address_that_it_knows(
    running: Running, public_url: str, headers: dict[str, str]
) -> None:
    async with running(ROLLBOOK_PUBLIC_URL=public_url) as application:
        address = await application.source("twilio", {"secret": SECRET})
        fields = json.loads((FIXTURES / "twilio/participant-disconnected.json").read_text())
        known = f"{public_url or 'https://rollbook.example'}{address}"
        for signed, status in (
            (known, 200),
            (known.replace(".example/", ".example:443/"), 200),
            (known.replace("rollbook.example", "other.example"), 401),
            (f"http://rollbook.test{address}", 401),
        ):
            proof = RequestValidator(SECRET).compute_signature(signed, fields)
            answer = await application.client.post(
                address,
                content=urlencode(fields),
                headers={**headers, "X-Twilio-Signature": proof},
            )
            assert answer.status_code == status, signed
        assert await sessions(application, "user-1042") == [
            ("2026-11-23T09:00:01.107Z", "2026-11-23T09:30:44.107Z")
        ]
