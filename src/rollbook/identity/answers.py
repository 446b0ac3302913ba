"""What a provider signs: its keys, and the claims of a token, each of them looked at."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet
from joserfc.util import urlsafe_b64decode

from rollbook.domain.providers import Identity, Provider
from rollbook.service.organizations.provider_ports import AnswerRefused, ProviderUnavailable

_ALGORITHMS = [
    "RS256",
    "PS256",
    "ES256",
    "EdDSA",
    "Ed25519",
    "RS384",
    "PS384",
    "ES384",
    "RS512",
    "PS512",
    "ES512",
]
"""Of pairs of keys alone: with a shared secret, whoever has that could say who somebody is."""
_PAIRS = {"RSA", "EC", "OKP"}
_LEEWAY = 60
"""Seconds by which clocks may differ."""
_MOST_KEYS = 50
_LONGEST_TOKEN = 16_000
_LONGEST_SUBJECT = 255


class Keys:
    """The keys that a provider signs with."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    def has_key_of(self, token: str) -> bool:
        """Whether the key is here that a token says it is signed with, or it says none."""
        kid = _header_of(token).get("kid")
        return kid is None or any(key.kid == kid for key in self._keys)

    def claims(
        self, token: str, provider: Provider, nonce: str, now: int, *, anew: bool
    ) -> Mapping[str, Any]:
        """What a token says, if it is right and to this question. Raises AnswerRefused."""
        if len(token) > _LONGEST_TOKEN:
            raise AnswerRefused("What the provider says of you is too long.")
        try:
            read = jwt.decode(token, self._keys, algorithms=_ALGORITHMS)
            token_claims = CodeIDToken(
                read.claims,
                read.header,
                {
                    "iss": {"essential": True, "value": provider.issuer},
                    "aud": {"essential": True, "value": provider.client_id},
                },
                {"client_id": provider.client_id, "nonce": nonce, "max_age": anew},
            )
            token_claims.validate(now // 1000, _LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            why = getattr(error, "error", type(error).__name__)
            raise AnswerRefused(f"What the provider says of you is not right: {why}.") from error
        told: Mapping[str, Any] = token_claims
        if anew and told["auth_time"] < now // 1000 - 2 * _LEEWAY:
            raise AnswerRefused("The provider did not ask you again who you are.")
        return told


def keys_of(told: Mapping[str, Any]) -> Keys:
    """The keys in what a provider tells; those that cannot be used are left out.

    Raises ProviderUnavailable where none is left.
    """
    listed = told.get("keys")
    found = []
    for key in listed[:_MOST_KEYS] if isinstance(listed, list) else ():
        if isinstance(key, dict) and key.get("kty") in _PAIRS and key.get("use") in {None, "sig"}:
            try:
                found.append(JWKRegistry.import_key(key))
            except (JoseError, ValueError, TypeError):
                continue  # of a kind that is not known here
    if not found:
        raise ProviderUnavailable("the provider tells no key that could be used")
    return Keys(KeySet(found))


def identity_of(claims: Mapping[str, Any], provider: Provider, token: str) -> Identity:
    """Who somebody is by their claims. Raises AnswerRefused."""
    subject, email = claims.get("sub"), claims.get("email")
    verified = claims.get("email_verified")
    if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST_SUBJECT or "\0" in subject:
        raise AnswerRefused("The provider does not say by which id it knows you.")
    roles: Any = claims.get(provider.role_claim.name) if provider.role_claim else None
    values = roles if isinstance(roles, list) else [roles]
    return Identity(
        subject,
        email.strip().lower() if isinstance(email, str) else "",
        # Some tell it as a text.
        verified is True or verified == "true",
        frozenset(value for value in values if isinstance(value, str)),
        token,
    )


def same(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _header_of(token: str) -> Mapping[str, Any]:
    """What a token says of itself, believed by nobody yet."""
    try:
        told = json.loads(urlsafe_b64decode(token.partition(".")[0].encode()))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
