"""What the document calls valid the service takes, and what it does not the service refuses."""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples

from rollbook.domain.errors import InvalidInput
from rollbook.web.api import context, event_shapes, participant_shapes
from rollbook.web.api.openapi import openapi_json

DOCUMENT: dict[str, Any] = json.loads(openapi_json())
NOW = 1_705_309_530_000
ABSENT: Any = object()

IDS: tuple[Any, ...] = (ABSENT, None, "", " ", "x", "x" * 256, "x" * 257, "a\0b", 7, True, [], {})
LABELS: tuple[Any, ...] = (ABSENT, None, "", "Ann", "x" * 1001, "a\0b", 7, {})
ADDRESSES: tuple[Any, ...] = (ABSENT, None, "", "203.0.113.9", "2001:db8::1", "home", 7)
ROLES: tuple[Any, ...] = (ABSENT, None, "", "TEACHER", "boss", 7)
MOMENTS: tuple[Any, ...] = (
    ABSENT,
    None,
    "",
    "2024-01-15T09:05:30Z",
    "2024-01-15t09:05:30.123456789z",
    "2016-12-31T23:59:60Z",
    "2024-01-15",
    "noon",
    7,
)
PEOPLE: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from((ABSENT, None, "", "ann", 7, [])),
    st.fixed_dictionaries(
        {"uid": st.sampled_from(IDS), "name": st.sampled_from(LABELS)},
        optional={"role": st.sampled_from(ROLES)},
    ),
)
DAYS: tuple[Any, ...] = (
    ABSENT,
    None,
    "",
    "2024-01-15",
    "2024-01-15T09:05:30z",
    "2024-02-30",
    "soon",
    7,
)
NUMBERS: tuple[Any, ...] = (ABSENT, None, "", 1, 2.0, 10, 11, 0, -1, 1.5, True, "1", [])
OPTIONS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from((ABSENT, None, "", " ", 0, False, [])),
    st.fixed_dictionaries(
        {
            "delimiter": st.sampled_from((ABSENT, None, "", ",", ";", "\t", "|", 7)),
            "bom": st.sampled_from((ABSENT, None, "", True, False, 0, "true")),
        }
    ),
)


def mostly(right: Any, wrong: Any) -> st.SearchStrategy[Any]:
    """What is right most of the time, so that some examples are right as a whole."""
    return st.one_of(st.just(right), st.just(right), st.just(right), wrong)


def told(values: Any) -> Any:
    """A value without the fields that are absent."""
    if isinstance(values, dict):
        return {name: told(value) for name, value in values.items() if value is not ABSENT}
    return values


EVENTS = st.fixed_dictionaries(
    {
        "id": mostly("e1", st.sampled_from(IDS)),
        "time": mostly("2024-01-15T09:05:30Z", st.sampled_from(MOMENTS)),
        "type": st.sampled_from(
            ("participant.joined", "participant.left", "room.started", "room.finished", "x", None)
        ),
        "roomId": mostly("math-101", st.sampled_from(IDS)),
        "roomTitle": mostly(ABSENT, st.sampled_from(LABELS)),
        "roomInstanceId": mostly(ABSENT, st.sampled_from(IDS)),
    }
)
PRESENCES = st.fixed_dictionaries(
    {
        "sessionId": mostly("stay-1", st.sampled_from(IDS)),
        "participant": mostly({"uid": "ann"}, PEOPLE),
        "ipAddress": mostly(ABSENT, st.sampled_from(ADDRESSES)),
        "userAgent": mostly(ABSENT, st.sampled_from(LABELS)),
    }
)
LEAVES = st.fixed_dictionaries({"joinedAt": mostly(ABSENT, st.sampled_from(MOMENTS))})
REQUESTS = st.fixed_dictionaries(
    {
        "uid": mostly("u", st.sampled_from(IDS)),
        "roomId": mostly(ABSENT, st.sampled_from(IDS)),
        "startDate": mostly("2024-01-15", st.sampled_from(DAYS)),
        "endDate": mostly(ABSENT, st.sampled_from(DAYS)),
        "page": mostly(ABSENT, st.sampled_from(NUMBERS)),
        "limit": mostly(ABSENT, st.sampled_from(NUMBERS)),
        "export": st.sampled_from((ABSENT, None, "", "json", "csv", "xml", 7)),
        "csv": mostly(ABSENT, OPTIONS),
    }
)
CONTEXTS = st.fixed_dictionaries(
    {
        "uid": mostly("u", st.sampled_from(IDS)),
        "roomId": mostly("math-101", st.sampled_from(IDS)),
        "ipAddress": st.sampled_from(ADDRESSES),
        "role": st.sampled_from(ROLES),
        "name": st.sampled_from(LABELS),
        "userAgent": mostly(ABSENT, st.sampled_from(LABELS)),
    }
)


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    everything = {**schema, "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(everything, validate_formats=True)


def body_of(path: str) -> jsonschema_rs.Draft202012Validator:
    content = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]
    return validator(content["application/json"]["schema"])


BATCH, REQUEST = body_of("/v1/events"), body_of("/v1/participant/sessions")
CONTEXT = body_of("/v1/participant/context")
CLOUD_EVENT = validator({"$ref": "#/components/schemas/CloudEvent"})


def is_event(event: Any, content_type: str = "application/json") -> bool:
    batch = {"events": [event]} if content_type == "application/json" else event
    (found,) = event_shapes.from_json(json.dumps(batch).encode(), content_type)
    return isinstance(found, event_shapes.ReadEvent)


@settings(max_examples=examples(400))
@given(EVENTS, PRESENCES, LEAVES)
def test_an_event_is_valid_by_the_document_where_the_service_takes_it(
    event: Any, presence: Any, leave: Any
) -> None:
    kind = str(event["type"])
    holds = (presence if kind.startswith("participant") else {}) | (
        leave if kind == "participant.left" else {}
    )
    said = told(event | holds)
    assert BATCH.is_valid({"events": [said]}) is is_event(said)


@settings(max_examples=examples(400))
@given(EVENTS, PRESENCES)
def test_a_cloud_event_that_is_valid_by_the_document_is_taken(event: Any, presence: Any) -> None:
    said = told(event | presence)
    outside = {name: said.pop(name) for name in ("id", "time", "type") if name in said}
    cloud = {"specversion": "1.0", "source": "/portal", **outside, "data": said}
    taken = is_event(cloud, "application/cloudevents+json")
    assert taken or not CLOUD_EVENT.is_valid(cloud)


@settings(max_examples=examples(400))
@given(REQUESTS)
def test_a_request_is_valid_by_the_document_where_the_service_takes_it(request_: Any) -> None:
    said = told(request_)
    try:
        participant_shapes.from_json(json.dumps(said).encode(), "UTC", NOW)
        taken = True
    except InvalidInput:
        taken = False
    assert REQUEST.is_valid(said) is taken, said


@settings(max_examples=examples(400))
@given(CONTEXTS)
def test_a_context_is_valid_by_the_document_where_the_service_takes_it(said: Any) -> None:
    body = told(said)
    try:
        context._from_json(json.dumps(body).encode(), NOW)
        taken = True
    except InvalidInput:
        taken = False
    assert CONTEXT.is_valid(body) is taken, body


@pytest.mark.parametrize("missing", ["sessionId", "participant"])
def test_a_join_without_its_session_or_participant_is_valid_to_neither(missing: str) -> None:
    join = {
        "id": "e1",
        "type": "participant.joined",
        "time": "2024-01-15T09:05:30Z",
        "roomId": "m",
        "sessionId": "s",
        "participant": {"uid": "u"},
    }
    assert BATCH.is_valid({"events": [join]})
    assert is_event(join)
    del join[missing]
    assert not BATCH.is_valid({"events": [join]})
    assert not is_event(join)
