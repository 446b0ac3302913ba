"""What families of routes describe themselves with: schemas, answers and errors they share."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from rollbook.domain.fields import MAX_ID_LENGTH, MAX_LABEL_LENGTH
from rollbook.web.api import openapi_examples as examples
from rollbook.web.http.errors import ErrorEnvelope
from rollbook.web.http.exchange import REQUEST_ID

Json = dict[str, Any]

REFERENCE = "#/components/schemas/{name}"


class Piece(NamedTuple):
    """What a family of routes adds to the document: paths, shapes of answers, other schemas."""

    paths: Mapping[str, Json]
    shapes: Sequence[type[msgspec.Struct]] = ()
    schemas: Mapping[str, Json] = {}


NEEDS_KEY: Sequence[Json] = [{"organization": []}]

ID: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_ID_LENGTH,
    "pattern": r"^[^\u0000]*\S[^\u0000]*$",
}
LABEL: Json = {
    "type": ["string", "null"],
    "maxLength": MAX_LABEL_LENGTH,
    "pattern": r"^[^\u0000]*$",
}
ADDRESS: Json = {
    "type": ["string", "null"],
    "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}, {"maxLength": 0}],
}
ROLE: Json = {"enum": ["TEACHER", "STUDENT", "MODERATOR", "ADMIN", None]}
SUCCESS: Json = {"type": "object", "properties": {"success": {"const": True}}}

REQUEST_ID_HEADER: Json = {
    REQUEST_ID: {
        "description": "The id of the request: the one that it came with in the same header, where "
        "that was 1 to 128 visible ASCII characters, or one made for it.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
        "example": "0b4e6cbb9f2f4d0c8a1d5e7f3a2b1c0d",
    },
}
_RETRY_HEADER: Json = {
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "string"},
        "example": "5",
    },
}


def reference(shape: type[msgspec.Struct] | str) -> Json:
    """Where the document has a schema, by its shape or its name."""
    name = shape if isinstance(shape, str) else shape.__name__
    return {"$ref": REFERENCE.format(name=name)}


def path_parameter(name: str) -> Json:
    """A part of the address."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def answer(description: str, schema: Json) -> Json:
    """A JSON answer."""
    content = {"application/json": {"schema": schema}}
    return {"description": description, "headers": REQUEST_ID_HEADER, "content": content}


def errors(*statuses: int) -> dict[str, Json]:
    """The answers of these statuses."""
    return {str(status): _error(status) for status in statuses}


def _error(status: int) -> Json:
    description, cases = examples.ERRORS[status]
    content = {
        "schema": reference(ErrorEnvelope),
        "examples": {
            code.lower(): {"value": {"success": False, "message": message, "error": code}}
            for code, message in cases
        },
    }
    headers = REQUEST_ID_HEADER | (_RETRY_HEADER if status == 503 else {})
    return {
        "description": description,
        "headers": headers,
        "content": {"application/json": content},
    }
