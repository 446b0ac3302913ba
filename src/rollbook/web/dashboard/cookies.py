"""Signed cookies and form tokens: what a browser brings back is what it was given."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer
from litestar import Response
from litestar.datastructures import Cookie

from rollbook.domain.errors import Unauthorized
from rollbook.service.organizations.ports import Organizations
from rollbook.service.organizations.sign_in import SESSION_MS
from rollbook.web.http.address import behind_tls
from rollbook.web.http.services import AnyRequest

NEW_KEY_MS = 60_000
"""How long a new key may be on its way to the page that shows it."""

_NEW_KEY = "rollbook.new-key"
_SECRET_NAME = "dashboard"  # noqa: S105 - the name of a secret


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the cookie of a sign-in says. It never holds the key, only its hash."""

    org_id: str
    key_hash: str
    nonce: str
    since: int


class CookieSigner:
    """Signs with the secret of the installation, which all its workers share."""

    def __init__(self, organizations: Organizations, configured: str) -> None:
        self._organizations = organizations
        self._secret = configured

    async def prepare(self, now: int) -> None:
        """Find the secret, or make it: once, before anything is signed."""
        if not self._secret:
            fresh = secrets.token_urlsafe(32)
            self._secret = await self._organizations.installation_secret(_SECRET_NAME, fresh, now)

    async def cookie_of(self, sign_in: SignIn) -> str:
        """The cookie of a sign-in."""
        await self.prepare(sign_in.since)
        says = [sign_in.org_id, sign_in.key_hash, sign_in.nonce, sign_in.since]
        return self._signer().dumps(says)

    async def sign_in_of(self, cookie: str, now: int) -> SignIn:
        """The sign-in of a cookie. Raises Unauthorized for a forged and for an old one."""
        await self.prepare(now)
        try:
            sign_in = SignIn(*self._signer().loads(cookie))
        except (BadData, TypeError):
            raise Unauthorized from None
        if not 0 <= now - sign_in.since < SESSION_MS:
            raise Unauthorized
        return sign_in

    async def form_token(self, nonce: str, now: int) -> str:
        """What a form must bring along, for the browser that holds `nonce` in a cookie."""
        await self.prepare(now)
        return hmac.new(
            self._secret.encode(), f"form\0{nonce}".encode(), hashlib.sha256
        ).hexdigest()

    async def shown_once(self, org_id: str, key: str, now: int) -> str:
        """The cookie of a new key, on its way to the page that shows it."""
        await self.prepare(now)
        return self._signer(_NEW_KEY).dumps([org_id, key, now])

    async def to_show(self, cookie: str, org_id: str, now: int) -> str:
        """The new key of such a cookie; none of another organization, of a forged or an old one."""
        await self.prepare(now)
        try:
            whose, key, since = self._signer(_NEW_KEY).loads(cookie)
        except (BadData, TypeError, ValueError):
            return ""
        return str(key) if whose == org_id and 0 <= now - since < NEW_KEY_MS else ""

    def _signer(self, salt: str = "rollbook.sign-in") -> URLSafeSerializer:
        return URLSafeSerializer(
            self._secret, salt=salt, signer_kwargs={"digest_method": hashlib.sha256}
        )


def set_cookie(
    request: AnyRequest, answer: Response[str], name: str, value: str, seconds: int, path: str = "/"
) -> None:
    """Have the browser keep a value, for no script and no other site; for 0 seconds: forget it."""
    answer.set_cookie(
        Cookie(
            name,
            value=value,
            path=path,
            max_age=seconds,
            httponly=True,
            secure=behind_tls(request),
            samesite="lax",
        )
    )


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
