"""The token that proves a webhook of LiveKit: whose it is, and what it claims."""

import warnings
from collections.abc import Mapping, Sequence

import jwt
from jwt.types import Options

from rollbook.service.platforms import BadSignature
from rollbook.sources.common import signatures


def signed_claims(token: str, secrets: Sequence[Mapping[str, str]]) -> Mapping[str, object]:
    """What a token claims that one of the secrets signed. Raises BadSignature for any other.

    Times are left to whoever asks.
    """
    return _claims(token, _secrets_of_issuer(token, secrets))


def _secrets_of_issuer(token: str, secrets: Sequence[Mapping[str, str]]) -> list[str]:
    """The secrets of the API key that the token names; several while one is being replaced."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise BadSignature("The header authorization holds no readable token") from None
    issuer = str(claims.get("iss"))
    known = [secret for secret in secrets if secret.get("api_key", "").strip()]
    mine = [secret for secret in known if signatures.same(secret["api_key"], issuer)]
    if not mine:
        raise BadSignature("The token is from an API key that this source does not have")
    return signatures.values(mine, "api_secret")


def _claims(token: str, secrets: Sequence[str]) -> Mapping[str, object]:
    """The token's claims, if one of the secrets signed it."""
    for secret in secrets:
        try:
            return _decoded(token, secret)
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError):
            raise BadSignature("The token is not one that LiveKit makes") from None
    raise BadSignature("No secret of this source signed the token")


def _decoded(token: str, secret: str) -> Mapping[str, object]:
    options: Options = {
        "require": ["exp", "iss", "sha256"],
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
    }
    with warnings.catch_warnings():
        # LiveKit's own development secret is shorter than HS256 likes; it is not ours to refuse.
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        return jwt.decode(token, secret, algorithms=["HS256"], options=options)
