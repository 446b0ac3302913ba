"""Proving a delivery: its headers, the secrets of the source, and signatures over raw bytes.

Everything here raises BadSignature and nothing else, whatever a stranger sends, and its messages
name the check that failed but never a secret or a signature.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from rollbook.service.platforms import BadSignature, WebhookRequest

MINUTE = 60_000

_STAMP = re.compile(r"\d{1,16}(\.\d{1,9})?", re.ASCII)
# Seconds of this size are in the year 5138, milliseconds in 1973: nobody means either.
_SMALLEST_MILLISECONDS = 10**11


def header(request: WebhookRequest, *names: str) -> str:
    """The first of these headers that was sent. Names in lower case."""
    for name in names:
        value = request.headers.get(name, "").strip()
        if value:
            return value
    raise BadSignature(f"The header {names[0]} is missing")


def values(secrets: Sequence[Mapping[str, str]], field: str) -> list[str]:
    """One field of every secret. A blank one opens nothing: without a secret the door is closed."""
    found = [secret[field] for secret in secrets if secret.get(field, "").strip()]
    if not found:
        raise BadSignature(f"This source has no {field} to check a delivery with")
    return found


def same(given: str, expected: str) -> bool:
    """Whether two texts are equal, in time that does not tell where they differ."""
    return hmac.compare_digest(_octets(given), _octets(expected))


def hmac_sha256(key: str | bytes, *message: str | bytes) -> "hmac.HMAC":
    """HMAC-SHA256 of the parts of a message, one after the other."""
    return hmac_by("sha256", key, *message)


def hmac_by(algorithm: str, key: str | bytes, *message: str | bytes) -> "hmac.HMAC":
    """HMAC of the parts of a message by an algorithm that hashlib knows."""
    mac = hmac.new(_octets(key), digestmod=algorithm)
    for part in message:
        mac.update(_octets(part))
    return mac


def proving_secret(
    secrets: Iterable[str], given: Sequence[str], sign: Callable[[str], str | None]
) -> str:
    """The secret that makes one of the given signatures; `sign` is None for one it cannot use."""
    for secret in secrets:
        expected = sign(secret)
        if expected is not None and any(same(one, expected) for one in given):
            return secret
    raise BadSignature("No secret of this source makes the signature of this delivery")


def require_header(request: WebhookRequest, secrets: Sequence[Mapping[str, str]]) -> None:
    """Of a platform that does not sign: a header of the operator's choice has the value of it."""
    values(secrets, "header")
    values(secrets, "value")
    if not any(_carries(request, secret) for secret in secrets):
        raise BadSignature("No header of the delivery has the value set for this source")


def _carries(request: WebhookRequest, secret: Mapping[str, str]) -> bool:
    name, value = secret.get("header", "").strip().lower(), secret.get("value", "").strip()
    if not name or not value:
        return False
    return same(request.headers.get(name, ""), value)


def require_fresh(stamp: str, now: int, tolerance: int) -> None:
    """Refuses what was signed too long ago, or by a clock too far ahead. Times in ms.

    `stamp` is in seconds or milliseconds: platforms differ, some do not say, and the size tells.
    """
    if not _STAMP.fullmatch(stamp):
        raise BadSignature("The timestamp of the signature is not a number")
    signed_at = float(stamp) if float(stamp) >= _SMALLEST_MILLISECONDS else float(stamp) * 1000
    if abs(now - signed_at) > tolerance:
        minutes = tolerance // MINUTE
        raise BadSignature(f"The timestamp of the signature is over {minutes} minutes from now")


def stamped(text: str) -> tuple[str, list[str]]:
    """The parts of a header `t=<timestamp>,v1=<signature>`: there may be several v1.

    Only the first `=` of a part separates, since base64 ends in more of them. Other schemes
    than v1 are left alone, so that a platform can add one.
    """
    parts = [part.strip().partition("=") for part in text.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(stamps) != 1 or not signatures:
        raise BadSignature("The signature header has not the form t=…,v1=…")
    return stamps[0], signatures


def _octets(text: str | bytes) -> bytes:
    # A header may hold anything; no text may make the encoder fail.
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
