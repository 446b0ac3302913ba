"""What families of routes describe themselves with: schemas, answers and errors they share."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from rollbook.domain.attendance import RULE_BOUNDS
from rollbook.domain.events import Role
from rollbook.domain.fields import MAX_ID_LENGTH, MAX_LABEL_LENGTH
from rollbook.domain.said import LONGEST_NOTE
from rollbook.domain.scopes import Scope
from rollbook.web.api import openapi_examples as examples
from rollbook.web.api.answer_examples import EXAMPLES
from rollbook.web.api.evidence_examples import EVIDENCE_EXAMPLES
from rollbook.web.http.errors import ErrorEnvelope

Json = dict[str, Any]

_EXAMPLES = {**EXAMPLES, **EVIDENCE_EXAMPLES}

REFERENCE = "#/components/schemas/{name}"


class Piece(NamedTuple):
    """What a family of routes adds to the document: paths, shapes of answers, other schemas."""

    paths: Mapping[str, Json]
    shapes: Sequence[type[msgspec.Struct]] = ()
    schemas: Mapping[str, Json] = {}


NEEDS_NOTHING: Sequence[Json] = []
RIGHT = "x-right"
"""Which right a key needs for an operation."""

UNREADABLE: Json = {"4XX": {"description": "This is no request that HTTP knows."}}
"""The only refusal of what takes no key, no parameter and no body."""

ID: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_ID_LENGTH,
    "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$",
}
OPTIONAL_ID: Json = {
    "type": ["string", "null"],
    "maxLength": MAX_ID_LENGTH,
    "pattern": r"^([^\u0000]*[^\s\u0000][^\u0000]*)?$",
}
LABEL: Json = {
    "type": ["string", "null"],
    "maxLength": MAX_LABEL_LENGTH,
    "pattern": r"^[^\u0000]*$",
}
NULL: Json = {"type": "null"}
EMPTY: Json = {"type": "string", "maxLength": 0}
"""What forms send for a field that nobody filled in: as good as none."""
ADDRESS: Json = {
    "anyOf": [
        {"type": "string", "format": "ipv4"},
        {"type": "string", "format": "ipv6"},
        EMPTY,
        NULL,
    ],
}
ROLE: Json = {"anyOf": [{"type": "string", "enum": [*Role, ""]}, NULL]}
DAY: Json = {
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
}
NOTE: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_NOTE,
    "pattern": r"^[^\u0000]*\S[^\u0000]*$",
    "description": "Why: it is kept, and told with what it is the reason of.",
}
RULE_NUMBERS: Mapping[str, Json] = {
    name: {
        "type": "integer",
        "minimum": RULE_BOUNDS[name][0],
        "maximum": RULE_BOUNDS[name][1],
        "description": description,
    }
    for name, description in {
        "share": "Percent of a class that makes somebody present.",
        "late": "Minutes that are forgiven at the beginning.",
        "early": "Minutes that are forgiven at the end.",
        "gap": "Minutes with less than half of the people after which another class began.",
    }.items()
}
"""The numbers of an attendance rule."""
SUCCESS: Json = {
    "type": "object",
    "required": ["success"],
    "properties": {"success": {"type": "boolean"}},
}

RULE_HEADERS: Json = {
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
_RETRY_HEADER: Json = {
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "string"},
        "example": "5",
    },
}
_RATE_HEADERS: Json = {
    "RateLimit-Policy": {
        "description": "Where the organization has a limit, on every answer: `q` requests in `w` "
        "seconds (draft-ietf-httpapi-ratelimit-headers).",
        "schema": {"type": "string"},
        "example": '"requests";q=500;w=10',
    },
    "RateLimit": {
        "description": "How many of them remain (`r`), and after how many seconds all do (`t`).",
        "schema": {"type": "string"},
        "example": '"requests";r=0;t=2',
    },
}


def needs_key(right: Scope) -> Json:
    """What an operation asks of who calls it: a key, and that it has this right.

    OpenAPI 3.1 has a place for such rights beside the key; common linters take them for mistakes there.
    """
    return {"security": [{"organization": []}], RIGHT: right.value}


def reference(shape: type[msgspec.Struct] | str) -> Json:
    """Where the document has a schema, by its shape or its name."""
    name = shape if isinstance(shape, str) else shape.__name__
    return {"$ref": REFERENCE.format(name=name)}


def path_parameter(name: str, schema: Json | None = None) -> Json:
    """A part of the address."""
    parameter = {"name": name, "in": "path", "required": True}
    return {**parameter, "schema": schema or {"type": "string"}}


def query_parameter(name: str, description: str, schema: Json) -> Json:
    """A part of the query; empty, it is as good as absent."""
    parameter = {"name": name, "in": "query", "description": description}
    return {**parameter, "allowEmptyValue": True, "schema": schema}


def answer(
    description: str, schema: Json, headers: Json | None = None, example: Json | None = None
) -> Json:
    """A JSON answer; of a shape that has an example, with that."""
    shown = _EXAMPLES.get(schema.get("$ref", "").rpartition("/")[2]) if example is None else example
    content = {"schema": schema} if shown is None else {"schema": schema, "example": shown}
    return {
        "description": description,
        "headers": headers or {},
        "content": {"application/json": content},
    }


def errors(*statuses: int) -> dict[str, Json]:
    """The answers of these statuses; where a key is asked for, it may lack the right, too."""
    every = {*statuses, 403} if 401 in statuses else statuses
    return {str(status): _error(status) for status in sorted(every)}


def _error(status: int) -> Json:
    description, cases = examples.ERRORS[status]
    content = {
        "schema": reference(ErrorEnvelope),
        "examples": {
            code.lower(): {"value": {"success": False, "message": message, "error": code}}
            for code, message in cases
        },
    }
    headers = {429: _RETRY_HEADER | _RATE_HEADERS, 503: _RETRY_HEADER}.get(status, {})
    return {
        "description": description,
        "headers": headers,
        "content": {"application/json": content},
    }
