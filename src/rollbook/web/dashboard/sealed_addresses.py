"""What the address of a page says of people, sealed: no history, log or link that was sent on tells whom it is about.

Links are sealed where they are written (pages.url) and opened before anything reads them (guard.py), so that
all between has plain words. The same words make the same address, which can be kept. An address with plain
words works as well, for who makes it by hand. docs/decisions/0060-sealed-addresses.md.
"""

import base64
from contextvars import ContextVar
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from rollbook.domain.errors import InvalidInput
from rollbook.web.dashboard.cookies import SigningKeys

PRIVATE = frozenset({"uid", "teacher", "q", "list", "excuse"})
"""Parameters that name people: an id, what is searched for, and the list that somebody came from."""

_MARK = "~"
_TAG = 16
"""Bytes that AES-SIV adds: https://www.rfc-editor.org/rfc/rfc5297."""


class AddressSeal:
    """Seals and opens for one organization: nowhere else do its addresses say anything."""

    def __init__(self, keys: SigningKeys, org_id: str) -> None:
        self._keys = keys
        self._org_id = org_id.encode()

    def sealed(self, name: str, text: str) -> str:
        """The value of a parameter as it stands in an address."""
        (newest, *_) = self._ciphers()
        sealed = newest.encrypt(text.encode(errors="replace"), self._about(name))
        return _MARK + base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def opened(self, name: str, told: str) -> str:
        """The value of a parameter; what is not sealed is meant as it stands.

        Raises InvalidInput for what was sealed elsewhere, or with a key that is gone.
        """
        sealed = _bytes_of(told)
        if sealed is None:
            return told
        text = self._text(name, sealed)
        if text is None and self._keys.look_again():
            # Another worker may seal with a key that has just been made.
            text = self._text(name, sealed)
        if text is None:
            raise InvalidInput(
                "This address is of another organization, or was made with a key that is gone:"
                " open the page from its list again."
            )
        return text

    def _text(self, name: str, sealed: bytes) -> str | None:
        for cipher in self._ciphers():
            try:
                return cipher.decrypt(sealed, self._about(name)).decode()
            except InvalidTag:
                continue
        return None

    def _ciphers(self) -> list[AESSIV]:
        return [_cipher(key) for key in self._keys.derived("addresses of pages")]

    def _about(self, name: str) -> list[bytes]:
        return [self._org_id, name.encode()]


_seal: ContextVar[AddressSeal | None] = ContextVar("seal", default=None)


def seal_addresses(seal: AddressSeal) -> None:
    """Let the links of what this request is answered be sealed for its organization."""
    _seal.set(seal)


def in_address(name: str, value: object) -> object:
    """The value of a parameter as an address, or a form that becomes one, holds it."""
    seal = _seal.get()
    if seal is None or name not in PRIVATE or not isinstance(value, str) or not value:
        return value
    return seal.sealed(name, value)


def opened_query(seal: AddressSeal, query: bytes) -> bytes:
    """The query of an address, with plain words. Raises InvalidInput."""
    if _MARK.encode() not in query and b"%7e" not in query.lower():
        return query
    told = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    plain = [(name, seal.opened(name, text) if name in PRIVATE else text) for name, text in told]
    return urlencode(plain).encode()


def _bytes_of(told: str) -> bytes | None:
    """What was sealed; None where nobody can have sealed it."""
    if not told.startswith(_MARK):
        return None
    try:
        whole = base64.b64decode(told[1:] + "=" * (-len(told[1:]) % 4), b"-_", validate=True)
    except ValueError:
        return None
    return whole if len(whole) > _TAG else None


@lru_cache(16)
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(key)
