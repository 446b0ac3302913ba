"""Reading what a platform sent, with no trust in its types: a wrong field is a missing field."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

from rollbook.domain import fields, instants
from rollbook.domain.errors import InvalidInput
from rollbook.domain.redaction import clean, storable
from rollbook.service.platforms import UnreadableDelivery

JsonObject = Mapping[str, object]

# Seconds of this size are in the year 5138, milliseconds in 1973: nobody means either.
_SMALLEST_MILLISECONDS = 10**11
# A number as platforms write it, "40364630871 (+40364630871)" too; none that is masked by stars.
_PHONE = re.compile(r"\+?(\d[\d ./-]{1,28}\d)(\s*\(.*\))?", re.ASCII)
_LONGEST_NUMBER = 100
_NUMBER = re.compile(r"\d{1,20}(\.\d{1,9})?", re.ASCII)
_MOST_FIELDS = 100  # of a form
_LONGEST_SECONDS = 10**9


def read_json(text: str | bytes) -> object:
    """JSON with credentials and unstorable text taken out, before anything else looks at it."""
    try:
        return storable(json.loads(text))
    except (ValueError, RecursionError):
        raise UnreadableDelivery("The delivery is not JSON") from None


def read_object(text: str | bytes) -> JsonObject:
    value = read_json(text)
    if not isinstance(value, dict):
        raise UnreadableDelivery("The delivery is not a JSON object")
    return cast("JsonObject", value)


def read_form(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form, as they were sent: nothing is taken out of them yet."""
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise UnreadableDelivery("The body is not a form") from None


def read_fields(body: bytes) -> JsonObject:
    """The fields of a form by name, cleaned as JSON is."""
    return cast("JsonObject", storable(dict(read_form(body))))


def as_text(value: object) -> str:
    """A value that was read here, as JSON again."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def part(whole: JsonObject, key: str) -> JsonObject:
    """An object inside another; an empty one where there is none."""
    value = whole.get(key)
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def identifier(*candidates: object) -> str | None:
    """The first of these that can be an identifier: text that is not blank, or a whole number.

    One that the ledger cannot hold becomes its fingerprint, which is the same wherever it
    comes again, so that no event is lost for a long name.
    """
    for candidate in candidates:
        is_number = isinstance(candidate, int) and not isinstance(candidate, bool)
        text = str(candidate) if is_number or isinstance(candidate, str) else ""
        if text.strip():
            return _bounded(text)
    return None


def joined_identifier(*parts: str | None) -> str | None:
    """One identifier made of several; None where one of them is missing."""
    known = [part for part in parts if part]
    return _bounded(":".join(known)) if len(known) == len(parts) else None


def phone_number(value: object) -> str | None:
    """The digits of the number that somebody calls from, the same however it is written."""
    text = value.strip() if isinstance(value, str) else ""
    number = _PHONE.fullmatch(text) if len(text) < _LONGEST_NUMBER else None
    return re.sub(r"\D", "", number.group(1)) if number else None


def label(value: object) -> str | None:
    """A name or a title, cut to the length the ledger holds."""
    if not isinstance(value, str):
        return None
    text = clean(value)[: fields.MAX_LABEL_LENGTH]
    return text if text.strip() else None


def address(value: object) -> str | None:
    """An IP address in its usual form; None for what is none."""
    if not isinstance(value, str):
        return None
    try:
        return fields.ip_address(value)
    except InvalidInput:
        return None


def instant(*candidates: object) -> int | None:
    """The first of these that names an instant, in ms UTC.

    ISO 8601 text, or a number (also as text) of seconds, milli-, micro- or nanoseconds, which
    the size tells apart. Zero times, such as the year 1 of Go, stand for "not known".
    """
    for candidate in candidates:
        moment = _moment(candidate)
        if moment is not None and 0 < moment < fields.END_OF_TIME:
            return moment
    return None


def before(moment: int, duration: object) -> int | None:
    """The instant that lies a duration in seconds, a number or a text of one, before another."""
    text = str(duration) if isinstance(duration, int | float | str) else ""
    if not _NUMBER.fullmatch(text.strip()) or float(text) > _LONGEST_SECONDS:
        return None
    return instant(moment - round(float(text) * 1000))


def after(moment: int, duration: object) -> int | None:
    """The instant that lies a duration in seconds, a number, after another; a negative one is none."""
    if isinstance(duration, bool) or not isinstance(duration, int | float):
        return None
    # Compared and not converted: a number of JSON may be too large to reckon with.
    return instant(moment + round(max(duration, 0) * 1000)) if duration < _LONGEST_SECONDS else None


def fingerprint(value: object) -> str:
    """A stable identifier of what has none: SHA-256 over its JSON, whatever the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _bounded(text: str) -> str:
    try:
        return fields.identifier(text, "id")
    except InvalidInput:
        return fingerprint(text)


def _moment(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _moment_of_number(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return _moment_of_number(float(text) if "." in text else int(text))
    try:
        return instants.from_text(text)
    except ValueError:
        return None


def _moment_of_number(number: float) -> int | None:
    if not 0 < number < 10**20:  # which no NaN is either
        return None
    if number < _SMALLEST_MILLISECONDS:
        return round(number * 1000)
    divisor = 1 if number < 10**14 else 1_000 if number < 10**17 else 1_000_000
    return int(number // divisor)
