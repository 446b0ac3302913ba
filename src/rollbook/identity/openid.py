"""OpenID Connect, as one who relies on a provider: the code flow with PKCE, by Authlib and joserfc.

https://openid.net/specs/openid-connect-core-1_0.html (3.1), https://www.rfc-editor.org/rfc/rfc9700 (what
the years taught), https://openid.net/specs/openid-connect-rpinitiated-1_0.html. Authlib knows the protocol and does
not ask anybody here: the one HTTP client does.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from rollbook.domain.providers import Challenge, Identity, Provider
from rollbook.identity.answers import Keys, identity_of, keys_of, same
from rollbook.identity.asking import Asking
from rollbook.service.organizations.provider_ports import AnswerRefused, ProviderUnavailable

_SCOPES = "openid email profile"
_KNOWN_MS = 3_600_000
"""How long what a provider tells of itself, and its keys, are believed."""
_MOST_PROVIDERS = 200
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class _Remembered:
    """What was asked of issuers lately; whoever was not asked for longest is forgotten."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, tuple[int, Any]] = OrderedDict()

    def get(self, issuer: str, now: int) -> Any:
        since, told = self._told.get(issuer, (0, None))
        return told if 0 <= now - since < _KNOWN_MS else None

    def keep(self, issuer: str, told: Any, now: int) -> Any:
        self._told[issuer] = (now, told)
        self._told.move_to_end(issuer)
        if len(self._told) > _MOST_PROVIDERS:
            self._told.popitem(last=False)
        return told


class OpenId:
    """Asks providers (provider_ports.Asked)."""

    def __init__(self, asking: Asking, now: Callable[[], int]) -> None:
        self._asking = asking
        self._now = now
        self._metadata = _Remembered()
        self._keys = _Remembered()

    def challenge(self) -> Challenge:
        return Challenge(*(secrets.token_urlsafe(32) for _ in range(3)))

    async def way_in(
        self, provider: Provider, challenge: Challenge, back: str, *, anew: bool, email: str
    ) -> str:
        metadata = await self._told_of(provider)
        again = {"prompt": "login", "max_age": 0} if anew else {}
        hint = {"login_hint": email} if email else {}
        return str(
            prepare_grant_uri(
                metadata["authorization_endpoint"],
                client_id=provider.client_id,
                response_type="code",
                redirect_uri=back,
                scope=_SCOPES,
                state=challenge.state,
                nonce=challenge.nonce,
                code_challenge=create_s256_code_challenge(challenge.verifier),
                code_challenge_method="S256",
                **again,
                **hint,
            )
        )

    async def identity(
        self,
        provider: Provider,
        challenge: Challenge,
        back: str,
        answer: Mapping[str, str],
        *,
        anew: bool,
    ) -> Identity:
        metadata = await self._told_of(provider)
        code = _code_of(answer, challenge, provider, metadata)
        tokens = await self._tokens(provider, metadata, challenge, back, code)
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise AnswerRefused("The provider did not say who you are.")
        claims = await self._claims(provider, metadata, challenge, token, anew=anew)
        return identity_of(claims, provider, token)

    async def way_out(self, provider: Provider, back: str, token: str) -> str | None:
        address = (await self._told_of(provider)).get("end_session_endpoint")
        if not isinstance(address, str):
            return None
        told = {"client_id": provider.client_id, "post_logout_redirect_uri": back}
        if token:
            told["id_token_hint"] = token
        return str(add_params_to_uri(address, list(told.items())))

    async def issuer(self, issuer: str) -> str:
        found = await self._found(issuer)
        return str(found["issuer"])

    async def _told_of(self, provider: Provider) -> Mapping[str, Any]:
        """What a provider tells of itself. Raises ProviderUnavailable."""
        issuer = provider.issuer
        known: Mapping[str, Any] | None = self._metadata.get(issuer, self._now())
        if known is not None:
            return known
        told = await self._found(issuer)
        if told["issuer"] != issuer:
            raise ProviderUnavailable("the provider calls itself by another issuer than was set")
        kept: Mapping[str, Any] = self._metadata.keep(issuer, told, self._now())
        return kept

    async def _found(self, issuer: str) -> Mapping[str, Any]:
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        told = await self._asking.json(address)
        named = told.get("issuer")
        # People leave the stroke at the end out, or add it.
        if not isinstance(named, str) or named.rstrip("/") != issuer.rstrip("/"):
            raise ProviderUnavailable(f"{issuer} is not what the provider calls its issuer")
        if not all(isinstance(told.get(name), str) for name in _ENDPOINTS):
            raise ProviderUnavailable("the provider does not tell where it is asked")
        return told

    async def _tokens(
        self,
        provider: Provider,
        metadata: Mapping[str, Any],
        challenge: Challenge,
        back: str,
        code: str,
    ) -> Mapping[str, Any]:
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=back,
            code=code,
            code_verifier=challenge.verifier,
        )
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" in methods
        method = "client_secret_basic" if basic else "client_secret_post"
        quoted = partial(_quoted, basic=basic)
        auth = ClientAuth(quoted(provider.client_id), quoted(provider.client_secret), method)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        address, headers, body = auth.prepare("POST", metadata["token_endpoint"], headers, body)
        try:
            return await self._asking.json(address, body, headers)
        except ProviderUnavailable as error:
            if error.status in {400, 401}:
                # The code was used before, is over, or is another's; or the secret is not right.
                raise AnswerRefused("The provider does not take this answer (any more).") from error
            raise

    async def _claims(
        self,
        provider: Provider,
        metadata: Mapping[str, Any],
        challenge: Challenge,
        token: str,
        *,
        anew: bool,
    ) -> Mapping[str, Any]:
        keys: Keys | None = self._keys.get(provider.issuer, self._now())
        if keys is None or not keys.has_key_of(token):
            # Providers change their keys, and sign with a new one at once.
            keys = keys_of(await self._asking.json(metadata["jwks_uri"]))
            self._keys.keep(provider.issuer, keys, self._now())
        return keys.claims(token, provider, challenge.nonce, self._now(), anew=anew)


def _code_of(
    answer: Mapping[str, str], challenge: Challenge, provider: Provider, metadata: Mapping[str, Any]
) -> str:
    """The code of an answer that is one to this challenge. Raises AnswerRefused."""
    if not same(answer.get("state", ""), challenge.state):
        raise AnswerRefused("This answer is not to what this browser asked. Sign in once more.")
    # Of two providers one could pass the other's answers off as its own (RFC 9207).
    sender = answer.get("iss")
    due = metadata.get("authorization_response_iss_parameter_supported") is True
    if sender != provider.issuer and (sender is not None or due):
        raise AnswerRefused("This answer is of another provider than was asked.")
    if "error" in answer:
        raise AnswerRefused("The provider did not let you in.")
    code = answer.get("code", "")
    if not code:
        raise AnswerRefused("The provider sent no code.")
    return code


def _quoted(text: str, basic: bool) -> str:
    """As RFC 6749 (2.3.1) has it in a header: written as in a form first."""
    return urlencode({"": text})[1:] if basic else text
