"""Organizations, the keys that open them, and their sources of events."""

import hashlib
import re
from dataclasses import field

from rollbook.domain.credits import CreditRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import label
from rollbook.domain.ids import OrgId, random_text
from rollbook.domain.rights import Right, rights_of_key
from rollbook.domain.scopes import EVERY_SCOPE, Scope
from rollbook.domain.values import value

STRONG_KEY = 20
"""Characters that a key from elsewhere has at least, unless somebody insists."""

_HEADER_TEXT = re.compile(r"[!-~]{1,200}", re.ASCII)
_PLACE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?_[A-Z]{2}", re.ASCII)
_KEY = re.compile(r"rb_([a-z2-7]{10})_([a-z2-7]{32})", re.ASCII)


@value
class Organization:
    """A tenant: everything in the ledger belongs to exactly one of them."""

    org_id: OrgId
    name: str
    time_zone: str = "UTC"
    credit_rule: CreditRule = field(default_factory=CreditRule)
    has_source: bool = False
    locale: str | None = None
    """As in which place its pages write dates and numbers, such as `de_DE`; None: as everywhere."""


@value
class KeyRecord:
    """A key as the ledger remembers it: never the key itself. Instants in milliseconds UTC."""

    key_hash: str
    key_id: str
    label: str
    created_at: int
    revoked_at: int | None
    scopes: frozenset[Scope] = EVERY_SCOPE
    expires_at: int | None = None
    used_at: int | None = None
    """When it was used last, to a day."""

    def works(self, now: int) -> bool:
        """Whether it opens anything at an instant (ms UTC)."""
        return self.revoked_at is None and not has_expired(self.expires_at, now)

    def rights(self, now: int) -> frozenset[Right]:
        """What whoever signed in with it may do at an instant."""
        return rights_of_key(self.scopes) if self.works(now) else frozenset()


def has_expired(expires_at: int | None, now: int) -> bool:
    """Whether a key is over that works until an instant (ms UTC), or for good."""
    return expires_at is not None and expires_at <= now


def checked_name(name: str) -> str:
    """The name of an organization, trimmed. Raises InvalidInput where it is blank or too long."""
    checked = label(name, "name")
    if checked is None:
        raise InvalidInput("name must not be blank", field="name")
    return checked


def checked_locale(text: str) -> str | None:
    """A language and a country, such as `de_DE`; blank is None. Raises InvalidInput."""
    place = text.strip().replace("-", "_")
    if place and not _PLACE.fullmatch(place):
        raise InvalidInput("locale must be a language and a country, like en_GB", field="locale")
    return place or None


def new_key(org_id: OrgId) -> str:
    """A fresh `VF-ORG-ID`: 160 random bits, and the id of the organization that it opens.

    Naming the organization lets the look-up go straight to its part of a distributed database.
    """
    return f"rb_{org_id}_{random_text(32)}"


def org_id_of_key(key: str) -> OrgId | None:
    """The organization that a key claims to open; None where it is not in the form of one."""
    match = _KEY.fullmatch(key)
    return OrgId(match.group(1)) if match else None


def checked_key(value: str, *, weak: bool) -> str:
    """A key that clients have from elsewhere. Raises InvalidInput where it cannot be one.

    What could be guessed is one only where `weak` says so: nothing else keeps strangers out.
    """
    if not _HEADER_TEXT.fullmatch(value):
        expected = "from 1 to 200 letters, digits and signs of ASCII, without spaces"
        raise InvalidInput(f"value must be {expected}", field="value")
    if org_id_of_key(value) is not None:
        raise InvalidInput("value names the organization that it opens already", field="value")
    if not weak and can_be_guessed(value):
        message = (
            f"value can be guessed: a key should have {STRONG_KEY} characters or more, and not all "
            "the same; --force takes it all the same"
        )
        raise InvalidInput(message, field="value")
    return value


def can_be_guessed(key: str) -> bool:
    """Whether somebody could find a key by trying; a key of our own form is random."""
    return org_id_of_key(key) is None and (len(key) < STRONG_KEY or len(set(key)) == 1)


def could_be_key(value: str) -> bool:
    """Whether a text can be a key at all."""
    return _HEADER_TEXT.fullmatch(value) is not None


def key_hash(key: str) -> str:
    """What is stored of a key: SHA-256 in hex. Enough, as the key is long and nobody can guess it."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_id(hashed: str) -> str:
    """The name by which a key can be listed and revoked: the start of its hash."""
    return hashed[:12]
