"""Payloads as they may be stored: without credentials, and without text no database can hold."""

import json
import math
import re
from functools import lru_cache

REDACTED = "[redacted]"

MAX_DEPTH = 64
"""How deep objects may be nested; what lies deeper is dropped, so that no reader overflows."""

MAX_TEXTS = 10_000
"""How many texts of a body are opened where they look like JSON, which has its cost though it be
none; what looks so and comes after them is dropped, as nobody knows what it holds."""

# Searched in the letters of a key alone, in lower case: turnPassword, turn_password, TURN-PASSWORD.
_CREDENTIAL = re.compile(
    r"password|passwd|passcode|passphrase|secret|token|credential|authorization|cookie"
    r"|privatekey|accesskey|apikey|streamkey|accountkey|encryptionkey"
    r"|pass$|^(pwd|pin|jwt|zak|signature|starturl)$"
)
_LONGEST_KEY = 100  # a longer one is no field of a platform, and would fill the memory of keys
_NOT_LETTERS = re.compile(r"[^a-z]")
# A stranger chooses the text, of megabytes at times. So each pattern is found by its first letters,
# and takes what follows for good (`++`): however the text goes on, no letter is read twice.
_URL_PARAMETER = re.compile(r"([?&])([\w.-]++)=([^&#\s\"']++)")
_CREDENTIAL_PARAMETER = re.compile(
    r"^(sig|zak)$|token|pwd|passw|passcode|secret|signature|credential|api_?key", re.IGNORECASE
)
_URL_USER = re.compile(r"(?<=\w)(://)[^/@\s\"']++@")
# The path of an RTMP address is the stream's key.
_RTMP_PATH = re.compile(r"(rtmps?://[^/\s\"']++/)[^\s\"']++", re.IGNORECASE)
_NOTEWORTHY = re.compile(r"[\0={\[]|://")
_OPENS_JSON = {"{", "["}
# Of which JSON has those around anyway; an escape in it may be anything.
_NOTEWORTHY_IN_BODY = (b"=", b"://", b"\\", b"\0")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(value: object) -> object:
    """A JSON value without credentials, NUL characters, lone surrogates and infinite numbers."""
    return Redaction().storable(value)


def clean(text: str) -> str:
    """Text that every database can hold: PostgreSQL has no NUL, UTF-8 no lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text  # most are, and come with every event
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


class Redaction:
    """Makes the values of one body storable: of all of them so many texts are opened and no more.

    Of the JSON that the values come from it is seen at once whether any text has an address in it.
    """

    def __init__(self, body: bytes | None = None) -> None:
        self._texts_left = MAX_TEXTS
        self._no_addresses = (
            body is not None
            and body.isascii()
            and not any(mark in body for mark in _NOTEWORTHY_IN_BODY)
        )

    def storable(self, value: object) -> object:
        """As `storable`, of a value that is part of the body."""
        return self._kept(value, 0)

    def _kept(self, value: object, depth: int) -> object:
        if depth > MAX_DEPTH:
            return "[too deep]"
        if isinstance(value, str):
            return self._text(value, depth)
        if isinstance(value, dict):
            return self._object(value, depth)
        if isinstance(value, list):
            return [self._kept(member, depth + 1) for member in value]
        if isinstance(value, float) and not math.isfinite(value):
            return None  # no JSON that others can read has such numbers
        return value

    def _object(self, value: dict[str, object], depth: int) -> dict[str, object]:
        kept: dict[str, object] = {}
        for key, member in value.items():
            name, names_credential = _known_key(key) if len(key) <= _LONGEST_KEY else _key(key)
            if names_credential and _says_something(member):
                kept[name] = REDACTED
            elif isinstance(member, str) and depth < MAX_DEPTH and self._says_no_more(member):
                kept[name] = member
            else:
                kept[name] = self._kept(member, depth + 1)
        return kept

    def _says_no_more(self, text: str) -> bool:
        """Whether text can hide nothing: no address, no JSON. Most are so, and it is soon seen."""
        if self._no_addresses:
            return "{" not in text and "[" not in text
        return text.isascii() and _NOTEWORTHY.search(text) is None

    def _text(self, text: str, depth: int) -> str:
        """Text without the credentials in addresses, or in the JSON that users put into metadata."""
        text = clean(text)
        if text.lstrip()[:1] in _OPENS_JSON:
            if not self._texts_left:
                return "[too many]"
            self._texts_left -= 1
            inside = _json_inside(text)
            kept = self._kept(inside, depth + 1)
            if kept != inside:
                return json.dumps(kept, ensure_ascii=False)
            if inside is not None:
                return text  # nothing had to go, so people find their own spelling again
        return _kept_addresses(text)


def _says_something(value: object) -> bool:
    return value != "" and value is not None and not isinstance(value, bool)


def _key(key: str) -> tuple[str, bool]:
    """A key as it may be stored, and whether it names a credential."""
    letters = _NOT_LETTERS.sub("", key[:_LONGEST_KEY].lower())
    return clean(key), _CREDENTIAL.search(letters) is not None


_known_key = lru_cache(maxsize=1024)(_key)  # a platform's keys are few and come with every event


def _kept_addresses(text: str) -> str:
    if "=" in text:
        text = _URL_PARAMETER.sub(_kept_parameter, text)
    if "://" not in text:
        return text
    return _RTMP_PATH.sub(rf"\1{REDACTED}", _URL_USER.sub(rf"\1{REDACTED}@", text))


def _kept_parameter(found: re.Match[str]) -> str:
    mark, name, value = found.groups()
    names_one = _CREDENTIAL_PARAMETER.search(name[:_LONGEST_KEY])
    return f"{mark}{name}={REDACTED if names_one else value}"


def _json_inside(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
