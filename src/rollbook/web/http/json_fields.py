"""Reading the fields of a JSON body; each complaint names its field."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rollbook.domain.errors import InvalidInput


def json_value(body: bytes) -> Any:
    """The value of a body. Raises InvalidInput unless it is JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInput("body must be valid JSON", field="body") from None


def json_object(body: bytes) -> Mapping[str, Any]:
    """The object in a body. Raises InvalidInput."""
    values = json_value(body)
    if not isinstance(values, dict):
        raise InvalidInput("body must be a JSON object", field="body")
    return values


def optional(values: Mapping[str, Any], field: str) -> Any:
    """What a field holds. Empty text is none: forms send it for what nobody filled in."""
    value = values.get(field)
    return None if value == "" else value


def text(values: Mapping[str, Any], field: str, shown: str | None = None) -> str | None:
    """A field that is a string or absent; `shown` is its name where it is inside another."""
    value = values.get(field)
    if value is None or isinstance(value, str):
        return value or None
    raise InvalidInput(f"{shown or field} must be a string", field=shown or field)


def flag(values: Mapping[str, Any], field: str) -> bool:
    """A field that is true, or false or absent."""
    value = values.get(field)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise InvalidInput(f"{field} must be true or false", field=field)


def required_text(values: Mapping[str, Any], field: str, shown: str | None = None) -> str:
    """A field that must be a string and not empty."""
    value = values.get(field)
    if value and isinstance(value, str):
        return value
    text(values, field, shown)  # what is there must at least be a string
    raise InvalidInput(f"{shown or field} is required", field=shown or field)
