"""The API's description, from the same shapes that the handlers answer with."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from rollbook import __version__
from rollbook.domain.csv_cells import DELIMITERS
from rollbook.domain.fields import MAX_ID_LENGTH
from rollbook.domain.report import MAX_PAGE_SIZE
from rollbook.web.api import openapi_examples as examples
from rollbook.web.api.openapi_ledger import SHAPES, ledger_paths
from rollbook.web.api.participant_shapes import GroupedAnswer, RoomAnswer
from rollbook.web.http.errors import ErrorEnvelope

Json = dict[str, Any]

_REF = "#/components/schemas/{name}"
_ID: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_ID_LENGTH,
    "pattern": r"^[^\u0000]*\S[^\u0000]*$",
}
_DAY: Json = {
    "type": ["string", "null"],
    "anyOf": [{"format": "date"}, {"format": "date-time"}, {"type": "null"}],
}

_REQUEST: Json = {
    "type": "object",
    "required": ["uid"],
    "properties": {
        "uid": {**_ID, "description": "Unique identifier of the participant."},
        "roomId": {
            **_ID,
            "type": ["string", "null"],
            "description": "Filter by specific room; the answer is grouped by room if omitted.",
        },
        "startDate": {
            **_DAY,
            "description": "First day (YYYY-MM-DD), or an instant that stands for its day. "
            "Defaults to today.",
        },
        "endDate": {
            **_DAY,
            "description": "Last day; requires `startDate`. Defaults to `startDate`.",
        },
        "page": {"type": ["integer", "null"], "minimum": 1, "default": 1},
        "limit": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": MAX_PAGE_SIZE,
            "default": MAX_PAGE_SIZE,
            "description": "Room groups, or sessions of the one room, on a page.",
        },
        "export": {"enum": ["json", "csv", None], "default": "json"},
        "timezone": {
            "type": ["string", "null"],
            "description": "IANA zone whose days the dates are. "
            "Defaults to the organization's. An extension of the contract.",
            "format": "iana-time-zone",
            "examples": ["UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata"],
        },
        "csv": {
            "type": ["object", "null"],
            "description": "How a CSV is written; `;` and a byte order mark serve Excel. "
            "An extension of the contract.",
            "properties": {
                "delimiter": {"enum": list(DELIMITERS), "default": ","},
                "bom": {"type": "boolean", "default": False},
            },
        },
    },
    "if": {"required": ["endDate"], "properties": {"endDate": {"type": "string"}}},
    "then": {"required": ["startDate"], "properties": {"startDate": {"type": "string"}}},
}

_RULE_HEADERS: Json = {
    "Credit-Rule": {
        "description": "How seconds became credits.",
        "schema": {"type": "string"},
        "example": "per-session; rounding=up; minimum-seconds=0",
    },
    "Report-Time-Zone": {
        "description": "The zone whose days the report uses.",
        "schema": {"type": "string"},
        "example": "Europe/Paris",
    },
}

_RETRY_HEADERS: Json = {
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "string"},
        "example": "5",
    },
}


@cache
def openapi_json() -> bytes:
    """The OpenAPI 3.1 document, as JSON."""
    return msgspec.json.encode(_document())


def _document() -> Json:
    _, schemas = msgspec.json.schema_components(
        [GroupedAnswer, RoomAnswer, ErrorEnvelope, *SHAPES], ref_template=_REF
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rollbook",
            "version": __version__,
            "summary": "Who was in which live room, when, for how long and at what cost.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/v1/participant/sessions": {"post": _participant_sessions()},
            **ledger_paths(_errors, _REF),
            "/healthz": {"get": _health("Whether the process runs", {})},
            "/readyz": {"get": _health("Whether the database answers", _errors(500, 503))},
            "/schema/openapi.json": {"get": _this_document()},
        },
        "components": {
            "schemas": {**schemas, "SessionsRequest": _REQUEST},
            "securitySchemes": {
                "organization": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "VF-ORG-ID",
                    "description": "Your organization ID. Keep it on your servers.",
                }
            },
        },
    }


def _participant_sessions() -> Json:
    return {
        "operationId": "participantSessions",
        "summary": "Participant Sessions",
        "description": "Detailed session history of a participant: grouped by room, for one "
        "room, or as CSV. A session belongs to the day it was joined on; totals are sums of the "
        "rows they stand over; a session still running counts up to now.",
        "security": [{"organization": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": _REF.format(name="SessionsRequest")},
                    "examples": examples.REQUESTS,
                }
            },
        },
        "responses": {
            "200": _sessions_answer(),
            **_errors(400, 401, 413, 415, 422, 500, 503),
        },
    }


def _sessions_answer() -> Json:
    schema = {"anyOf": [{"$ref": _REF.format(name=n)} for n in ("GroupedAnswer", "RoomAnswer")]}
    return {
        "description": "The sessions: JSON with or without a room, or a CSV report.",
        "headers": _RULE_HEADERS,
        "content": {
            "application/json": {"schema": schema, "examples": examples.ANSWERS},
            "text/csv": {"schema": {"type": "string"}, "examples": examples.CSV_ANSWERS},
        },
    }


def _health(summary: str, errors: Mapping[str, Json]) -> Json:
    answer = {
        "description": "Yes.",
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"success": {"const": True}}}
            }
        },
    }
    return {"summary": summary, "responses": {"200": answer, **errors}}


def _this_document() -> Json:
    answer = {
        "description": "OpenAPI 3.1.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    return {"summary": "This document", "responses": {"200": answer}}


def _errors(*statuses: int) -> dict[str, Json]:
    return {str(status): _error(status) for status in statuses}


def _error(status: int) -> Json:
    description, cases = examples.ERRORS[status]
    content = {
        "schema": {"$ref": _REF.format(name="ErrorEnvelope")},
        "examples": {
            code.lower(): {"value": {"success": False, "message": message, "error": code}}
            for code, message in cases
        },
    }
    headers = {"headers": _RETRY_HEADERS} if status == 503 else {}
    return {"description": description, **headers, "content": {"application/json": content}}
