"""Payloads as they may be stored: without credentials, and without text no database can hold."""

import json
import math
import re
from functools import lru_cache

REDACTED = "[redacted]"

MAX_DEPTH = 64
"""How deep objects may be nested; what lies deeper is dropped, so that no reader overflows."""

# Searched in the letters of a key alone, in lower case: turnPassword, turn_password, TURN-PASSWORD.
_CREDENTIAL = re.compile(
    r"password|passwd|passcode|passphrase|secret|token|credential|authorization|cookie"
    r"|privatekey|accesskey|apikey|streamkey|accountkey|encryptionkey"
    r"|pass$|^(pwd|pin|jwt|zak|signature|starturl)$"
)
_LONGEST_KEY = 100  # a longer one is no field of a platform, and would fill the memory of keys
_NOT_LETTERS = re.compile(r"[^a-z]")
# Bounded repeats keep this linear on text that a stranger chose.
_URL_CREDENTIAL = re.compile(
    r"([?&](?:sig|zak|[\w.-]{0,40}?(?:token|pwd|passw|passcode|secret|signature|credential|api_?key)"
    r"[\w.-]{0,40})=)[^&#\s\"']+",
    re.IGNORECASE,
)
_URL_USER = re.compile(r"(\w{1,10}://)[^/@\s\"']{1,256}@")
# The path of an RTMP address is the stream's key.
_RTMP_PATH = re.compile(r"(rtmps?://[^/\s\"']{1,256}/)[^\s\"']+", re.IGNORECASE)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(value: object) -> object:
    """A JSON value without credentials, NUL characters, lone surrogates and infinite numbers."""
    return _kept(value, 0)


def clean(text: str) -> str:
    """Text that every database can hold: PostgreSQL has no NUL, UTF-8 no lone surrogates."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _kept(value: object, depth: int) -> object:
    if depth > MAX_DEPTH:
        return "[too deep]"
    if isinstance(value, dict):
        return {clean(key): _kept_member(key, member, depth) for key, member in value.items()}
    if isinstance(value, list):
        return [_kept(member, depth + 1) for member in value]
    if isinstance(value, str):
        return _kept_text(value, depth)
    if isinstance(value, float) and not math.isfinite(value):
        return None  # no JSON that others can read has such numbers
    return value


def _kept_member(key: str, value: object, depth: int) -> object:
    says_something = value != "" and value is not None and not isinstance(value, bool)
    if says_something and _names_credential(key[:_LONGEST_KEY]):
        return REDACTED
    return _kept(value, depth + 1)


@lru_cache(maxsize=1024)  # a platform's keys are few and come with every event
def _names_credential(key: str) -> bool:
    return _CREDENTIAL.search(_NOT_LETTERS.sub("", key.lower())) is not None


def _kept_text(text: str, depth: int) -> str:
    """Text without the credentials in addresses, or in the JSON that users put into metadata."""
    text = clean(text)
    if text.lstrip().startswith(("{", "[")):
        inside = _json_inside(text)
        kept = _kept(inside, depth + 1)
        if kept != inside:
            return json.dumps(kept, ensure_ascii=False)
        if inside is not None:
            return text  # nothing had to go, so people find their own spelling again
    if "=" in text:
        text = _URL_CREDENTIAL.sub(rf"\1{REDACTED}", text)
    if "://" not in text:
        return text
    return _RTMP_PATH.sub(rf"\1{REDACTED}", _URL_USER.sub(rf"\1{REDACTED}@", text))


def _json_inside(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
