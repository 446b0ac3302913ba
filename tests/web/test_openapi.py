"""The OpenAPI document: it is one, it is complete, and its examples are the contract's own."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from schemathesis.config import SchemathesisConfig

from rollbook.service.organizations.attempts import TooManyAttempts
from rollbook.web.api.openapi import openapi_json
from rollbook.web.routes import API

SESSIONS = "/v1/participant/sessions"
FOR_PEOPLE = {"/docs", "/docs/start.js", "/docs/{name}"}
"""The page that shows the document, and its files."""

DOCUMENT: dict[str, Any] = json.loads(openapi_json())
OPERATION = DOCUMENT["paths"][SESSIONS]["post"]

THE_CONTRACT_S_REQUESTS = [
    {
        "uid": "student-123",
        "roomId": "math-101",
        "startDate": "2024-01-15",
        "endDate": "2024-01-20",
        "page": 1,
        "limit": 10,
        "export": "json",
    },
    {
        "uid": "student-123",
        "startDate": "2024-01-01",
        "endDate": "2024-01-31",
        "export": "csv",
    },
]
_SESSION = {
    "joinedAt": "2024-01-15T09:05:30.000Z",
    "leftAt": "2024-01-15T10:02:15.000Z",
    "duration": 3405,
    "creditsConsumed": 57,
    "ipAddress": "192.168.1.100",
    "isActive": False,
}
_JANE = {"uid": "student-123", "name": "Jane Doe", "role": "STUDENT"}
THE_CONTRACT_S_ANSWERS = [
    {
        "success": True,
        "message": "Sessions retrieved successfully",
        "data": {
            "participant": _JANE,
            "roomGroups": [
                {
                    "roomId": "math-101",
                    "roomTitle": "Calculus I - Morning Session",
                    "sessions": [_SESSION],
                    "totalDuration": 3405,
                    "totalCredits": 57,
                    "sessionCount": 1,
                    "averageDuration": 3405,
                }
            ],
            "summary": {
                "totalSessions": 5,
                "totalDuration": 18000,
                "totalCredits": 300,
                "roomsAttended": 3,
                "averageDuration": 3600,
                "dateRange": {"from": "2024-01-15", "to": "2024-01-15"},
            },
            "pagination": {"page": 1, "limit": 10, "totalRooms": 3, "hasMore": False},
        },
    },
    {
        "success": True,
        "message": "Sessions retrieved successfully",
        "data": {
            "participant": _JANE,
            "room": {
                "roomId": "math-101",
                "roomTitle": "Calculus I - Morning Session",
                "totalDuration": 7200,
                "totalCredits": 120,
                "averageDuration": 3600,
            },
            "sessions": [_SESSION],
            "summary": {
                "totalSessions": 2,
                "totalDuration": 7200,
                "totalCredits": 120,
                "roomsAttended": 1,
                "averageDuration": 3600,
                "dateRange": {"from": "2024-01-15", "to": "2024-01-15"},
            },
            "pagination": {"page": 1, "limit": 10, "total": 2, "hasMore": False},
        },
    },
]
THE_CONTRACT_S_CSV = [
    """\
Participant Session Report
Participant UID,student-123
Participant Name,Jane Doe
Role,STUDENT
Summary
Total Rooms Attended,3
Total Sessions,12
Total Time (minutes),600
Total Credits Consumed,600
Average Session Duration (minutes),50
Room Summary
Room ID,Room Title,Sessions,Total Time (min),Credits Consumed,Avg Session (min)
math-101,"Calculus I",5,300,300,60
physics-101,"Physics Intro",4,200,200,50
chem-101,"Chemistry Basics",3,100,100,33
Detailed Sessions
Room ID,Room Title,Joined At,Left At,Duration (min),Credits,Status,IP Address
math-101,"Calculus I",2024-01-15T09:00:00.000Z,2024-01-15T10:00:00.000Z,60,60,Completed,192.168.1.100
""",
    """\
Participant Session Report - Single Room
Participant UID,student-123
Participant Name,Jane Doe
Role,STUDENT
Room ID,math-101
Room Title,"Calculus I"
Summary
Total Sessions,5
Total Time (minutes),300
Total Credits Consumed,300
Average Session Duration (minutes),60
Sessions
Session #,Joined At,Left At,Duration (minutes),Credits Consumed,Status,IP Address
1,2024-01-15T09:00:00.000Z,2024-01-15T10:00:00.000Z,60,60,Completed,192.168.1.100
""",
]


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every request and answer body that the document describes, with a name for it."""
    for path, method, operation in operations():
        bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for status, body in bodies.items():
            for media_type, content in body.get("content", {}).items():
                yield f"{method} {path} {status} {media_type}", content


def examples(content: dict[str, Any]) -> list[Any]:
    named = [example["value"] for example in content.get("examples", {}).values()]
    return named + [content[name] for name in ("example",) if name in content]


def checked(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A validator for one of the document's schemas, which may refer to the others."""
    everything = {**schema, "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(everything, validate_formats=True)


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    schema = schemathesis.openapi.from_dict(json.loads(openapi_json()), config=SchemathesisConfig())
    schema.validate()


def test_every_schema_of_the_document_is_a_schema() -> None:
    schemas = [*DOCUMENT["components"]["schemas"].values(), *(c["schema"] for _, c in contents())]
    assert len(schemas) > 30
    for schema in schemas:
        jsonschema_rs.meta.validate(schema)


def methods_of(handler: HTTPRouteHandler | ASGIRouteHandler) -> set[str]:
    """The methods of a route; below the framework there is only the contract's, and its POST."""
    return set(handler.http_methods) if isinstance(handler, HTTPRouteHandler) else {"POST"}


def test_every_route_is_in_the_document() -> None:
    registered = {
        (re.sub(r":\w+}", "}", path), method.lower())
        for handler in API
        for path in handler.paths
        for method in methods_of(handler)
        if method != "HEAD"  # which answers as GET does
    }
    described = {(path, method) for path, method, _ in operations()}
    assert {route for route in registered if route[0] not in FOR_PEOPLE} == described


def test_a_route_is_described_in_the_file_of_its_handler() -> None:
    for handler in API:
        for path in {re.sub(r":\w+}", "}", path) for path in handler.paths} - FOR_PEOPLE:
            family = import_module(handler.fn.__module__)
            assert path in family.PIECE.paths, path


def test_every_example_fits_the_schema_that_it_is_an_example_of() -> None:
    tried = 0
    for name, content in contents():
        validator = checked(content["schema"])
        for example in examples(content):
            tried += 1
            assert validator.is_valid(example), (name, example)
    assert tried > 40


def test_every_answer_of_an_organization_has_an_example() -> None:
    without = {
        name
        for name, content in contents()
        if " 200 application/json" in name and not examples(content)
    }
    assert {name for name in without if " /v1/" in name and "/webhooks/" not in name} == set()


def test_the_examples_of_requests_are_the_contract_s_own() -> None:
    shown = examples(OPERATION["requestBody"]["content"]["application/json"])
    assert [request for request in THE_CONTRACT_S_REQUESTS if request not in shown] == []


def test_the_examples_of_answers_are_the_contract_s_own() -> None:
    content = OPERATION["responses"]["200"]["content"]
    assert examples(content["application/json"]) == THE_CONTRACT_S_ANSWERS
    shown = [example.replace("\r\n", "\n") for example in examples(content["text/csv"])]
    assert shown == THE_CONTRACT_S_CSV


def test_the_fields_of_the_request_are_the_contract_s_and_two_more() -> None:
    request = DOCUMENT["components"]["schemas"]["SessionsRequest"]
    assert request["required"] == ["uid"]
    contract = {"uid", "roomId", "startDate", "endDate", "page", "limit", "export"}
    assert set(request["properties"]) == contract | {"timezone", "csv"}
    added = [name for name in ("timezone", "csv") if name in request["properties"]]
    for name in added:
        assert "extension" in request["properties"][name]["description"].lower()


@pytest.mark.parametrize(
    ("body", "right"),
    [
        ({"uid": "u"}, True),
        ({"uid": "u", "unknown": 1}, True),
        ({}, False),
        ({"uid": ""}, False),
        ({"uid": " "}, False),
        ({"uid": "x" * 257}, False),
        ({"uid": "u", "limit": 11}, False),
        ({"uid": "u", "page": 0}, False),
        ({"uid": "u", "page": True}, False),
        ({"uid": "u", "endDate": "2024-01-15"}, False),
        ({"uid": "u", "startDate": None, "endDate": "2024-01-15"}, False),
        ({"uid": "u", "startDate": "2024-01-15", "endDate": "2024-01-15"}, True),
        ({"uid": "u", "startDate": "2024-01-15T10:00:00Z"}, True),
        ({"uid": "u", "startDate": "yesterday"}, False),
        ({"uid": "u", "timezone": "Pacific/Chatham"}, True),
        ({"uid": "u", "export": "xml"}, False),
        ({"uid": "u", "csv": {"delimiter": ";", "bom": True}}, True),
        ({"uid": "u", "csv": {"delimiter": "|"}}, False),
    ],
)
def test_the_document_takes_and_refuses_what_the_service_does(
    body: dict[str, Any], *, right: bool
) -> None:
    validator = checked({"$ref": "#/components/schemas/SessionsRequest"})
    assert validator.is_valid(body) is right


def test_every_error_of_the_contract_s_route_is_in_the_document() -> None:
    # 404 and 405 answer what is no route and no method of one: there is no place for them here.
    possible = {400, 401, 403, 413, 415, 422, 429, 500, 503}
    assert {int(status) for status in OPERATION["responses"]} == possible | {200}


def test_the_examples_of_errors_are_the_words_that_the_service_says() -> None:
    said = {
        "INVALID_REQUEST": "uid is required",
        "UNAUTHORIZED": "Unauthorized",
        "FORBIDDEN": "This key lacks the right admin",
        "BAD_SIGNATURE": "No secret of this source makes the signature of this delivery",
        "PAYLOAD_TOO_LARGE": "The body is larger than this route takes",
        "UNSUPPORTED_MEDIA_TYPE": "Content-Type must be application/json",
        "INTERNAL_ERROR": "Something went wrong on the server",
        "SERVICE_UNAVAILABLE": "The database is unavailable, try again",
        "TOO_MANY_READS": "Too many long reads of this organization are under way:"
        " try again in a moment",
        "TOO_MANY_REQUESTS": TooManyAttempts().message,
    }
    begin = {
        "ORGANIZATION_SETUP_INCOMPLETE": "Organization setup is incomplete: ",
        "RATE_LIMITED": "Too many requests. Try again in ",
        "QUOTA_USED_UP": "The quota of 200,000 events in a day is used up; the next begins on ",
    }
    for status, answer in OPERATION["responses"].items():
        if status == "200":
            continue
        for example in examples(answer["content"]["application/json"]):
            assert list(example) == ["success", "message", "error"]
            assert example["success"] is False
            begins = begin.get(example["error"])
            if begins is not None:
                assert example["message"].startswith(begins)
            else:
                assert example["message"] == said[example["error"]]


def test_an_answer_that_asks_to_try_again_says_when() -> None:
    for path, method, operation in operations():
        for status in {"429", "503"} & operation["responses"].keys():
            assert "Retry-After" in operation["responses"][status]["headers"], (method, path)


def test_every_operation_with_a_key_says_so_and_can_be_refused() -> None:
    for path, _, operation in operations():
        if operation["security"]:
            assert {"401", "403", "429"} <= operation["responses"].keys(), path
    assert OPERATION["security"] == [{"organization": []}]
    scheme = DOCUMENT["components"]["securitySchemes"]["organization"]
    assert (scheme["in"], scheme["name"]) == ("header", "VF-ORG-ID")


def test_every_operation_is_summed_up() -> None:
    assert [path for path, _, operation in operations() if not operation.get("summary")] == []
