"""Signed cookies and form tokens: what a browser brings back is what it was given."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Protocol

from itsdangerous import BadData, BadSignature, URLSafeSerializer
from litestar import Response
from litestar.datastructures import Cookie

from rollbook.domain.errors import Unauthorized
from rollbook.domain.providers import Challenge
from rollbook.domain.values import value
from rollbook.web.dashboard.ways import WAY_SECONDS, Way
from rollbook.web.http.address import behind_tls
from rollbook.web.http.services import AnyRequest

SHOWN_MS = 60_000
"""How long a secret may be on its way to the page that shows it."""

_SIGN_IN = "rollbook.sign-in"
_NEW_KEY = "rollbook.new-key"
_WAY = "rollbook.way"
_PROVIDER = "rollbook.provider"
_SHARED = "rollbook.shared"


@value
class SignIn:
    """What the cookie of a sign-in says: where, and by which token, of which only the hash is kept.

    It holds no key and no password, and is of no use once somebody signed out.
    """

    org_id: str
    token: str

    @property
    def nonce(self) -> str:
        """What forms are bound to: another one at each sign-in."""
        return self.token


class SigningKeys(Protocol):
    """The keys of the installation, which all its workers share (rollbook/secret_keys.py)."""

    def derived(self, purpose: str) -> Sequence[bytes]:
        """The keys for one purpose, that of the newest first. Raises SecretKeyMissing."""
        ...

    def look_again(self) -> bool:
        """Whether there are other keys now than before."""
        ...


class CookieSigner:
    """Signs with keys that are in no database: who reads that can forge nothing."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def cookie_of(self, sign_in: SignIn) -> str:
        """The cookie of a sign-in."""
        return self._signer().dumps([sign_in.org_id, sign_in.token])

    def sign_in_of(self, cookie: str) -> SignIn:
        """The sign-in of a cookie, which may be over. Raises Unauthorized for a forged one."""
        try:
            return SignIn(*map(str, self._said_in(cookie)))
        except (BadData, TypeError):
            raise Unauthorized from None

    def form_token(self, nonce: str) -> str:
        """What a form must bring along, for the browser that holds `nonce` in a cookie."""
        return self._tokens(nonce)[0]

    def is_form_token(self, token: str, nonce: str) -> bool:
        """Whether that is it, with any of the keys."""
        return any(same_text(token, known) for known in self._tokens(nonce))

    def _tokens(self, nonce: str) -> list[str]:
        keys = self._keys.derived("forms")
        return [hmac.new(key, nonce.encode(), hashlib.sha256).hexdigest() for key in keys]

    def _said_in(self, cookie: str, salt: str = _SIGN_IN) -> list[Any]:
        try:
            said: list[Any] = self._signer(salt).loads(cookie)
        except BadSignature:
            # Another worker may sign with a key that has just been made.
            if not (cookie and self._keys.look_again()):
                raise
            said = self._signer(salt).loads(cookie)
        return said

    def shown_once(self, org_id: str, key: str, now: int) -> str:
        """The cookie of a secret, on its way to the page that shows it."""
        return self._signer(_NEW_KEY).dumps([org_id, key, now])

    def to_show(self, cookie: str, org_id: str, now: int) -> str:
        """The secret of such a cookie; none of another organization, of a forged or an old one."""
        try:
            whose, key, since = self._said_in(cookie, _NEW_KEY)
        except (BadData, TypeError, ValueError):
            return ""
        return str(key) if same_text(str(whose), org_id) and 0 <= now - since < SHOWN_MS else ""

    def way_cookie(self, way: Way) -> str:
        """The cookie of somebody on their way to a provider."""
        challenge = way.challenge
        says = [challenge.state, challenge.nonce, challenge.verifier]
        return self._signer(_WAY).dumps(
            [way.org_id, says, way.onward, way.invitation, way.anew, way.since]
        )

    def way_of(self, cookie: str, now: int) -> Way | None:
        """The way of such a cookie; None for a forged and for an old one."""
        try:
            org_id, says, *rest = self._said_in(cookie, _WAY)
            way = Way(org_id, Challenge(*says), *rest)
        except (BadData, TypeError, ValueError):
            return None
        return way if 0 <= now - way.since < WAY_SECONDS * 1000 else None

    def provider_token(self, org_id: str, token: str) -> str:
        """The cookie of what a provider said of somebody, to sign out there with."""
        return self._signer(_PROVIDER).dumps([org_id, token])

    def token_of(self, cookie: str, org_id: str) -> str | None:
        """What it said; None for who did not come by the provider of this organization."""
        try:
            whose, token = self._said_in(cookie, _PROVIDER)
        except (BadData, TypeError, ValueError):
            return None
        return str(token) if same_text(str(whose), org_id) else None

    def shared_link(self, token: str) -> str:
        """What stands in a shared link: who can write to the database alone can make none."""
        return str(self._signer(_SHARED).dumps([token]))

    def shared_token(self, link: str) -> str:
        """The token of a shared link, which may be over. Raises Unauthorized for a forged one."""
        try:
            (token,) = self._said_in(link, _SHARED)
        except (BadData, TypeError, ValueError):
            raise Unauthorized from None
        return str(token)

    def _signer(self, salt: str = _SIGN_IN) -> URLSafeSerializer:
        # It signs with the last of them.
        keys = list(reversed(self._keys.derived("cookies")))
        return URLSafeSerializer(keys, salt=salt, signer_kwargs={"digest_method": hashlib.sha256})


_HOST_ONLY = "__Host-"
"""Browsers take a cookie of this name over TLS alone, from this host and for all of it:
https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix."""


def given_cookie(request: AnyRequest, name: str) -> str:
    """What a browser brings back of what it was given; "" for nothing."""
    return request.cookies.get(_name_here(request, name), "")


def _name_here(request: AnyRequest, name: str) -> str:
    return _HOST_ONLY + name if behind_tls(request) else name


def set_cookie(
    request: AnyRequest, answer: Response[str], name: str, value: str, seconds: int
) -> None:
    """Have the browser keep a value, for no script and no other site; for 0 seconds: forget it."""
    answer.set_cookie(
        Cookie(
            _name_here(request, name),
            value=value,
            max_age=seconds,
            httponly=True,
            secure=behind_tls(request),
            samesite="lax",
        )
    )


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
