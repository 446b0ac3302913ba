"""Sources: what is counted of their deliveries, what opens them, and the operator's commands."""

import json
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from ingest.account import Account, command, outcome, within_seconds
from ingest.streams import Told
from ingest.webhooks import KEY, SECRET, body, signed

from rollbook.domain.events import Joined, Left, Participant, Room, RoomStarted

ROOM = Room("math-101", "Calculus I", "RM_1")
ANN = Participant("ann", "Ann")
NEW_SECRET = "another-secret-of-thirty-two-bytes-or-more"


def now() -> int:
    """The present in whole seconds, as LiveKit tells it."""
    return int(time.time()) * 1000


def joined(number: int, seconds_ago: int = 0) -> Told:
    at = now() - seconds_ago * 1000
    return Told(f"EV_{number}", (Joined(f"PA_{number}", ROOM, ANN, at),))


def post(account: Account, event: Told, **change: str) -> httpx.Response:
    content = body(event)
    return httpx.post(account.webhook, content=content, headers=signed(content, **change))


def source_command(account: Account, *arguments: str, typed: str = "") -> str:
    return command(
        account.tenant.database_url, "source", *arguments, "--org", account.tenant.key, typed=typed
    )


def listed(account: Account) -> dict[str, Any]:
    sources = json.loads(source_command(account, "list", "--json"))
    found: dict[str, Any] = next(one for one in sources if one["sourceId"] == account.source_id)
    return found


def test_every_delivery_is_counted_as_what_it_was(account: Account) -> None:
    fresh = account.health()
    assert (fresh["lastEventAt"], fresh["lagMs"], fresh["accepted"]) == (None, None, 0)
    old = joined(1, seconds_ago=600)
    account.delivered(old, old, joined(2))
    room_started = Told("EV_3", (RoomStarted(ROOM, now()),))
    unknown = body(room_started).replace(b"room_started", b"egress_started")
    answer = httpx.post(account.webhook, content=unknown, headers=signed(unknown))
    assert answer.status_code == 200
    seen = account.health()
    counted = {name: seen[name] for name in ("accepted", "duplicate", "ignored", "late")}
    assert counted == {"accepted": 2, "duplicate": 1, "ignored": 1, "late": 1}
    assert 0 <= seen["lagMs"] < 10_000
    assert (seen["rejected"], seen["lastRejectedAt"], seen["lastRejection"]) == (0, None, None)
    assert account.event_ids() == {"EV_1", "EV_2", "EV_3"}


def test_the_lag_is_how_old_the_latest_event_was_when_it_came(account: Account) -> None:
    account.delivered(joined(1, seconds_ago=3600))
    assert 3_600_000 <= account.health()["lagMs"] < 3_620_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"secret": SECRET[::-1]}, "No secret of this source signed the token"),
        ({"key": "APIother"}, "The token is from an API key that this source does not have"),
    ],
)
def test_a_bad_signature_leaves_nothing_but_a_counter_and_its_reason(
    account: Account, change: dict[str, str], reason: str
) -> None:
    answer = post(account, joined(1), **change)
    assert answer.status_code == 401
    assert answer.json() == {"success": False, "message": reason, "error": "BAD_SIGNATURE"}
    assert within_seconds(lambda: account.health()["rejected"] == 1)
    seen = account.health()
    assert seen["lastRejection"] == reason
    assert seen["lastRejectedAt"] is not None
    assert (seen["lastEventAt"], seen["accepted"]) == (None, 0)
    assert all(rows == [] for rows in account.kept().values())


def test_one_changed_byte_of_the_body_is_a_bad_signature(account: Account) -> None:
    content = body(joined(1))
    changed = content.replace(b'"ann"', b'"anm"')
    answer = httpx.post(account.webhook, content=changed, headers=signed(content))
    assert (answer.status_code, answer.json()["error"]) == (401, "BAD_SIGNATURE")
    assert account.event_ids() == set()


def test_a_delivery_that_cannot_be_read_is_counted_too(account: Account) -> None:
    answer = httpx.post(account.webhook, content=b"[]", headers=signed(b"[]"))
    assert (answer.status_code, answer.json()["error"]) == (400, "UNREADABLE_DELIVERY")
    assert within_seconds(lambda: account.health()["rejected"] == 1)


def test_the_secret_of_another_tenant_opens_nothing(
    account: Account, other_account: Account
) -> None:
    source_command(
        other_account, "rotate", other_account.source_id, "--api-key", "APIother",
        "--api-secret", "-", "--drop-old", typed=NEW_SECRET,
    )  # fmt: skip
    answer = post(account, joined(1), key="APIother", secret=NEW_SECRET)
    assert answer.status_code == 401
    assert account.event_ids() == other_account.event_ids() == set()


@pytest.mark.parametrize(
    "path", ["zoom/{0}", "livekit/{1}", "nothing/{0}", "livekit/x", "livekit/"]
)
def test_an_address_that_names_no_source_is_not_found(account: Account, path: str) -> None:
    content = body(joined(1))
    missing = account.org_id + "a" * 10
    url = f"{account.base_url}/v1/webhooks/{path.format(account.source_id, missing)}"
    assert httpx.post(url, content=content, headers=signed(content)).status_code == 404


def test_an_old_secret_works_until_it_is_dropped(account: Account) -> None:
    rotate = "rotate", account.source_id, "--api-key", KEY, "--api-secret", "-"
    account.delivered(joined(1))
    source_command(account, *rotate, typed=NEW_SECRET)
    assert within_seconds(lambda: post(account, joined(2), secret=NEW_SECRET).status_code == 200)
    assert post(account, joined(3)).status_code == 200
    source_command(account, *rotate, "--drop-old", typed=NEW_SECRET)
    assert within_seconds(lambda: post(account, joined(4)).status_code == 401)
    assert post(account, joined(5), secret=NEW_SECRET).status_code == 200
    assert account.event_ids() >= {"EV_1", "EV_2", "EV_3", "EV_5"}


def test_a_disabled_source_is_gone_within_five_seconds_and_comes_back(account: Account) -> None:
    account.delivered(joined(1))
    source_command(account, "disable", account.source_id)
    assert within_seconds(lambda: post(account, joined(1)).status_code == 404)
    assert account.health()["disabled"] is True
    assert listed(account)["disabled"] is True
    kept = account.kept()
    assert post(account, joined(2)).status_code == 404
    assert account.kept() == kept
    assert account.visits("ann") == []  # nothing in January 2024
    source_command(account, "disable", account.source_id, "--enable")
    assert within_seconds(lambda: post(account, joined(2)).status_code == 200)


def test_disabling_the_source_of_own_events_refuses_them(account: Account) -> None:
    told = {"id": "e1", "type": "room.started", "time": "2024-01-15T12:00:00Z", "roomId": "art"}
    account.tell(told)
    source_command(account, "disable", f"{account.org_id}events")
    assert within_seconds(lambda: account.post("/v1/events", {"events": [told]}).status_code == 404)
    source_command(account, "disable", f"{account.org_id}events", "--enable")
    assert within_seconds(lambda: account.post("/v1/events", {"events": [told]}).status_code == 200)


def test_the_list_says_the_same_as_the_route(account: Account) -> None:
    account.delivered(joined(1), joined(2, seconds_ago=120))
    post(account, joined(3), secret=NEW_SECRET)
    assert within_seconds(lambda: account.health()["rejected"] == 1)
    route, terminal = account.health(), listed(account)
    renamed = {"lastEvent": "lastEventAt"}
    assert terminal == {name: route[renamed.get(name, name)] for name in terminal}
    assert account.source_id in source_command(account, "list")


def test_no_answer_and_no_command_shows_a_secret(account: Account) -> None:
    with account.client() as client:
        route = client.get("/v1/sources").text
    shown = (
        route + source_command(account, "list") + source_command(account, "test", account.source_id)
    )
    assert SECRET not in shown
    assert SECRET.encode() not in repr(account.rows("source", "name, settings")).encode()


def test_adding_livekit_prints_what_to_paste_into_its_configuration(account: Account) -> None:
    shown = source_command(
        account, "add", "livekit", "--api-key", "APIk4v", "--api-secret", "-", typed=SECRET
    )
    source_id = shown.split()[2]
    assert f"https://YOUR-HOST/v1/webhooks/livekit/{source_id}" in shown
    assert "api_key: APIk4v" in shown
    assert SECRET not in shown


def test_a_source_lacking_a_part_of_its_secret_is_not_added(account: Account) -> None:
    before = source_command(account, "list", "--json")
    refused = outcome(
        account.tenant.database_url, "source", "add", "livekit", "--org", account.tenant.key,
        "--api-key", KEY,
    )  # fmt: skip
    assert refused.exit_code == 1
    assert refused.stderr == "rollbook: --api-secret is required for livekit\n"
    assert source_command(account, "list", "--json") == before


def test_a_source_of_another_organization_cannot_be_managed(
    account: Account, other_account: Account
) -> None:
    for what in ("disable", "test", "configure"):
        refused = outcome(
            account.tenant.database_url, "source", what, other_account.source_id,
            "--org", account.tenant.key,
        )  # fmt: skip
        assert refused.exit_code == 1
        assert "there is no such source" in refused.stderr
    assert other_account.health()["disabled"] is False


def test_settings_say_how_a_source_reads_its_payloads(account: Account) -> None:
    account.delivered(joined(1))
    shown = source_command(
        account, "configure", account.source_id,
        "ip_paths=attributes.peer", "role_names=doyen:ADMIN", "default_role=MODERATOR",
    )  # fmt: skip
    assert json.loads(shown)["ip_paths"] == ["attributes.peer"]
    numbers = count(2)

    def followed() -> bool:
        told = body(joined(next(numbers))).replace(
            b'"attributes": {}', b'"attributes": {"peer": "203.0.113.77", "role": "doyen"}'
        )
        httpx.post(account.webhook, content=told, headers=signed(told))
        return "203.0.113.77" in {one.ip_address for one in account.sessions().values()}

    assert within_seconds(followed)
    assert account.report("ann")["participant"]["role"] == "ADMIN"
    refused = outcome(
        account.tenant.database_url, "source", "configure", account.source_id,
        "--org", account.tenant.key, "colour=red",
    )  # fmt: skip
    assert refused.exit_code == 1
    assert "a setting is NAME=VALUE" in refused.stderr


def test_trying_a_delivery_records_nothing(account: Account, tmp_path: Path) -> None:
    assert "Nothing has arrived yet" in source_command(account, "test", account.source_id)
    content = body(replace(joined(1), facts=(Left("PA_1", ROOM, ANN, now(), now() - 60_000),)))
    (tmp_path / "delivery.json").write_bytes(content)
    header = f"Authorization: {signed(content)['Authorization']}"
    tried = "test", account.source_id, "--body", str(tmp_path / "delivery.json")
    assert "participant_left EV_1: 1 fact(s)" in source_command(account, *tried, "--header", header)
    assert account.event_ids() == set()
    (tmp_path / "delivery.json").write_bytes(content + b" ")
    refused = outcome(
        account.tenant.database_url, "source", *tried, "--header", header,
        "--org", account.tenant.key,
    )  # fmt: skip
    assert refused.exit_code == 1
    assert refused.stderr == "rollbook: The token was signed for another body\n"
    account.delivered(joined(2))
    assert "Accepted 1, duplicate 0" in source_command(account, "test", account.source_id)
