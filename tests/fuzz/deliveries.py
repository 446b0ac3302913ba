"""Deliveries as platforms would sign them, of events that no platform should send."""

import gzip
import json
import zlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jwt
from fuzz.odd import NUMBERS, TEXTS, any_leaf, changed, damaged, written
from support.signing import ADDRESS, LIVEKIT, form_of_bigbluebutton, proved

from rollbook.domain.events import Role
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.table import SOURCE_KINDS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "webhooks"
NOW = 1_795_430_000_000

_PATHS = ("metadata.role", "attributes.role", "ipAddress", "name", "a.b.c.d.e", "user.custom.title")
_SIGNED_WITHOUT_BODY = {"100ms", "jitsi"}
_STAMPS = (
    *map(str, NUMBERS),
    str(NOW),
    str(NOW // 1000),
    "1e12",
    "\u0661\u0662",
    "-1",
    " ",
    "9" * 400,
)


_DEFAULTS = TranslationSettings()


@dataclass(frozen=True)
class Case:
    """What comes in, of which platform, and how its source is set."""

    kind: str
    request: WebhookRequest
    settings: TranslationSettings = _DEFAULTS
    is_whole: bool = True
    """Whether nothing was done to it after it was signed."""
    is_proved: bool = True
    """Whether it is signed as the platform signs; if not, nothing may let it in."""


@cache
def events_of(kind: str) -> list[Any]:
    """What the platform sends, by the fixtures."""
    files = sorted((FIXTURES / kind).glob("*.json"))
    told = [json.loads(file.read_text()) for file in files if not file.name.startswith("api.")]
    return [one[0] if isinstance(one, list) else one for one in told]


def body_of(chance: Random, kind: str) -> bytes:
    """A body with the right form on the outside, mostly."""
    event = changed(chance, chance.choice(events_of(kind)))
    body = _body_of(kind, event, ascii_only=chance.random() < 0.5)
    if chance.randint(0, 5) == 0:
        body = damaged(chance, body)
    if kind == "getstream" and chance.random() < 0.5:
        packed = gzip.compress(body, mtime=0)
        body = damaged(chance, packed) if chance.randint(0, 3) == 0 else packed
    return body


def signed_delivery(chance: Random) -> Case:
    """A delivery of any platform, signed after all that was done to them."""
    kind = chance.choice(sorted(SOURCE_KINDS))
    body = body_of(chance, kind)
    return Case(kind, signed_anew(kind, body, NOW, ADDRESS), _settings(chance))


def touched_delivery(chance: Random) -> Case:
    """A delivery of which something was changed after they were signed."""
    kind = chance.choice(sorted(SOURCE_KINDS))
    body = _body_of(kind, chance.choice(events_of(kind)))
    request = signed_anew(kind, body, NOW, ADDRESS)
    if kind == "livekit" and chance.random() < 0.5:
        request = replace(request, headers={"authorization": _token(chance, body)})
        return Case(kind, request, is_whole=False)
    headers = dict(request.headers)
    for name in chance.choices(sorted(headers) or ["x"], k=chance.randint(0, 2)):
        headers[name] = _header(chance, headers.get(name, ""))
    told = replace(request, headers=headers, url=_url(chance, request.url))
    if chance.random() < 0.5:
        told = replace(told, body=damaged(chance, told.body))
    same = (told.headers, told.url, told.body) == (request.headers, request.url, request.body)
    touched_body = _signed_of(kind, told.body) != _signed_of(kind, body)
    return Case(kind, told, is_whole=False, is_proved=same or not touched_body)


def _signed_of(kind: str, body: bytes) -> object:
    """What a signature is over: Twilio signs the letters of a form, however they are written."""
    if kind in _SIGNED_WITHOUT_BODY:
        return None
    if kind != "twilio":
        return body
    fields = set(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return "".join(name + value for name, value in sorted(fields))


def signed_anew(kind: str, body: bytes, now: int, address: str) -> WebhookRequest:
    """The body as its platform would sign it; of a form that is none, with some signature."""
    request = WebhookRequest({}, body, address)
    try:
        if kind == "getstream" and body.startswith(b"\x1f\x8b"):
            return replace(proved(kind, gzip.decompress(body), now, address), body=body)
        return proved(kind, body, now, address)
    except (OSError, EOFError, ValueError, zlib.error):
        return replace(request, headers={"x-signature": "", "x-twilio-signature": "x"})


def _body_of(kind: str, event: Any, *, ascii_only: bool = True) -> bytes:
    if kind == "twilio":
        fields = event if isinstance(event, dict) else {"StatusCallbackEvent": event}
        return urlencode(
            {name: str(_short(value)) for name, value in fields.items()}, errors="replace"
        ).encode()
    text = written(event, ascii_only=ascii_only)
    if kind == "bigbluebutton":
        return form_of_bigbluebutton(text if isinstance(event, list) else f"[{text}]", NOW)
    return text.encode("utf-8", "surrogatepass")


def _short(value: object) -> object:
    return value if not isinstance(value, int) or abs(value) < 10**400 else "9" * 400


def _settings(chance: Random) -> TranslationSettings:
    def paths() -> tuple[str, ...]:
        return tuple(chance.choices(_PATHS, k=chance.randint(0, 2)))

    return TranslationSettings(
        default_role=chance.choice((None, *Role)),
        role_paths=paths(),
        ip_paths=paths(),
        title_paths=paths(),
        uid_paths=paths(),
        role_names=chance.choice(({}, {"host": Role.TEACHER})),
        guests_by_name=chance.random() < 0.5,
    )


def _header(chance: Random, value: str) -> str:
    stamp = chance.choice(_STAMPS)
    near = (value[:-1], value + "=", value.upper(), f"{value},{value}", f" {value} ")
    any_octets = chance.randbytes(chance.randint(0, 20)).decode("latin-1")
    stamped = f"t={stamp},{value.partition(',')[2]}"
    return chance.choice((stamp, stamped, any_octets, chance.choice(TEXTS), chance.choice(near)))


def _url(chance: Random, url: str) -> str:
    near = (
        "",
        url + "\ud800",
        url + "?checksum=" + "a" * 40,
        url + "&x=1",
        "https://[::1",
        "http://a:99999999/",
        "//" + url,
        url.upper(),
    )
    return chance.choice((url, url, chance.choice(near), chance.choice(TEXTS)))


_CLAIMS = ("exp", "nbf", "iat", "iss", "sha256", "sub")
_TOKEN_HEADS = (
    *['{"alg":"HS256","typ":"JWT"}'] * 3,
    '{"alg":"none"}',
    '{"alg":["HS256"]}',
    '{"alg":"HS256","kid":{},"crit":["a"],"b64":false}',
    "[]",
    '{"alg":"HS512"}',
)


def _token(chance: Random, body: bytes) -> str:
    """A token with the right signature and any claims, or the right claims and any signature."""
    right = proved("livekit", body, NOW).headers["authorization"]
    claims = jwt.decode(right, options={"verify_signature": False})
    for name in chance.choices(_CLAIMS, k=chance.randint(0, 3)):
        claims[name] = any_leaf(chance)
    # The library that signs checks the issuer, so the token is put together here.
    head = chance.choice(_TOKEN_HEADS)
    said = f"{_octets(head.encode())}.{_octets(written(claims).encode())}"
    mac = jwt.get_algorithm_by_name("HS256").sign(said.encode(), LIVEKIT["api_secret"].encode())
    token = f"{said}.{_octets(mac)}"
    return chance.choice(
        (token, token, token, token[:-1], f"Bearer {token}", said, f"{token}.{token}")
    )


def _octets(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
