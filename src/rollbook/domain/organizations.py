"""Organizations, the keys that open them, and their sources of events."""

import hashlib
import re
import secrets
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from rollbook.domain.credits import CreditRule

_KEY = re.compile(r"rb_([a-z2-7]{10})_([a-z2-7]{32})", re.ASCII)
_SOURCE_ID = re.compile(r"([a-z2-7]{10})[a-z2-7]{10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant: everything in the ledger belongs to exactly one of them."""

    org_id: str
    name: str
    time_zone: str = "UTC"
    credit_rule: CreditRule = field(default_factory=CreditRule)
    has_source: bool = False


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as the ledger remembers it: never the key itself. Instants in milliseconds UTC."""

    key_hash: str
    key_id: str
    label: str
    created_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where events of an organization come from.

    Any one of `secrets` proves a delivery: there are several while one replaces another.
    `settings` say how the platform's payloads are read, in the words of its JSON form.
    """

    org_id: str
    source_id: str
    kind: str
    name: str
    created_at: int
    secrets: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)
    disabled_at: int | None = None


def new_org_id() -> str:
    """A fresh organization id: 50 random bits, not a secret."""
    return _random_text(10)


def new_source_id(org_id: str) -> str:
    """A fresh source id. It starts with the organization's id, so that a webhook finds its way."""
    return org_id + _random_text(10)


def new_key(org_id: str) -> str:
    """A fresh `VF-ORG-ID`: 160 random bits, and the id of the organization that it opens.

    Naming the organization lets the look-up go straight to its part of a distributed database.
    """
    return f"rb_{org_id}_{_random_text(32)}"


def org_id_of_key(key: str) -> str | None:
    """The organization that a key claims to open; None for what has not the form of a key."""
    match = _KEY.fullmatch(key)
    return match.group(1) if match else None


def org_id_of_source(source_id: str) -> str | None:
    """The organization that a source id belongs to; None for what has not its form."""
    match = _SOURCE_ID.fullmatch(source_id)
    return match.group(1) if match else None


def key_hash(key: str) -> str:
    """What is stored of a key: SHA-256 in hex. Enough, as the key is random and long."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_id(hashed: str) -> str:
    """The name by which a key can be listed and revoked: the start of its hash."""
    return hashed[:12]


def _random_text(length: int) -> str:
    return b32encode(secrets.token_bytes(length * 5 // 8 + 1)).decode().lower()[:length]
