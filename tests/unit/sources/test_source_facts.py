"""What every recorded event of every platform means, fact by fact.

`facts.json` is for people to read beside the fixtures: a change in it is a change of meaning, and
a changed event id would let a delivery in twice that is sent again across an upgrade.
"""

import json
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from rollbook.domain.events import Fact
from rollbook.service.platforms import Delivery, TranslationSettings, WebhookRequest
from rollbook.sources.table import SOURCE_KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FIXTURES / "facts.json").read_text())
NEVER = 5  # a fixture tells its own time, so the time of arrival must not show anywhere


def kind_of(name: str) -> str:
    return name.partition("/")[0]


def deliver(name: str) -> Delivery:
    kind, body = kind_of(name), (FIXTURES / name).read_bytes()
    if kind == "bigbluebutton":
        body = urlencode({"domain": "bbb.example.com", "event": body, "timestamp": "1"}).encode()
    if kind == "twilio":
        body = urlencode(json.loads(body)).encode()
    headers = {"rtk-uuid": "uuid-of-delivery", "x-webhook-id": "id-of-delivery"}
    request = WebhookRequest(headers, body)
    (delivery,) = SOURCE_KINDS[kind].translate(request, TranslationSettings(), NEVER)
    return delivery


def plain(fact: Fact) -> dict[str, Any]:
    return {"fact": type(fact).__name__, **without_none(asdict(fact))}


def without_none(thing: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in thing.items() if value is not None and value is not False}
    return {key: readable(value) for key, value in kept.items()}


def readable(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name
    return without_none(value) if isinstance(value, dict) else value


def test_every_fixture_has_expected_facts() -> None:
    events = {
        f"{path.parent.name}/{path.name}"
        for path in FIXTURES.glob("*/*.json")
        if not path.name.startswith(("api.", "_"))
    }
    assert events == set(EXPECTED)
    assert {kind_of(name) for name in EXPECTED} == set(SOURCE_KINDS)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fixture_means_its_expected_facts(name: str) -> None:
    delivery = deliver(name)
    assert {
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "occurred_at": delivery.occurred_at,
        "facts": [plain(fact) for fact in delivery.facts],
    } == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_stored_payload_means_the_same_facts_again(name: str) -> None:
    delivery = deliver(name)
    kind = SOURCE_KINDS[kind_of(name)]
    stored = json.loads(delivery.payload)
    assert kind.facts(stored, TranslationSettings(), NEVER) == delivery.facts


@pytest.mark.parametrize("name", EXPECTED)
def test_a_repeat_is_the_same_event(name: str) -> None:
    assert deliver(name) == deliver(name)


def test_joins_and_leaves_of_a_presence_agree_on_who_and_where() -> None:
    """On every platform the first person of the fixtures joins and leaves as one presence."""
    for kind in SOURCE_KINDS:
        facts = [
            fact
            for name, expected in EXPECTED.items()
            if name.startswith(f"{kind}/")
            for fact in expected["facts"]
        ]
        joins = {fact["presence_id"]: fact for fact in facts if fact["fact"] == "Joined"}
        pairs = [
            (joins[fact["presence_id"]], fact)
            for fact in facts
            if fact["fact"] == "Left" and fact["presence_id"] in joins
        ]
        assert pairs, kind
        for joined, left in pairs:
            assert joined["room"] == left["room"]
            assert left.get("participant", joined["participant"]) == joined["participant"]
            assert joined["at"] <= left["at"]
