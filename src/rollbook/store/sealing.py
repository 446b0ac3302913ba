"""Secrets of sources as they are stored: sealed, each for its own source.

`sealed:1:NAME:TEXT` is JSON that the key of this name has sealed, about its organization and source: moved
to another row it does not open. JSON that is not sealed is of a ledger from before
(docs/decisions/0050-sealed-secrets.md).
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from rollbook.domain.errors import SecretKeyMissing
from rollbook.store.engine.database import Reading, Writing

NO_SECRETS = "[]"
"""How it is stored that a source has none; that needs no key."""

_MARK = "sealed:1:"
_KEY_OF_LEDGER = "sealing key"
_SIGNED_COOKIES_BEFORE = "dashboard"
_OLDEST_PROGRAM = 22
"""Programs of an older schema cannot read what is sealed."""


class Key(Protocol):
    """What seals and opens (rollbook/secret_keys.py)."""

    @property
    def name(self) -> str: ...

    def seal(self, text: str, about: str) -> str: ...

    def unseal(self, sealed: str, about: str) -> str | None: ...


class Keys(Protocol):
    """All keys that are here, the newest first."""

    def all(self) -> Sequence[Key]: ...

    def named(self, name: str) -> Key | None: ...

    def make(self) -> None: ...


class Opened(NamedTuple):
    """Secrets, or why they cannot be read."""

    secrets: Sequence[Mapping[str, str]]
    why_not: str = ""


class Sealing:
    """Seals with the key that the ledger names, and opens with any that is here."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def key_of_ledger(self, connection: Writing, now: int) -> Key:
        """The key that seals; where the ledger names none yet, the first that is here becomes it.

        Raises SecretKeyMissing where that key is not here.
        """
        name = await named_key(connection)
        if name is None:
            self._keys.make()
            first = self._keys.all()[0].name
            values = {"name": _KEY_OF_LEDGER, "secret": first, "created_at": now}
            await connection.execute("add_installation_secret", values)
            # Another process may have been faster, with another key.
            name = await named_key(connection) or first
        key = self._keys.named(name)
        if key is None:
            raise SecretKeyMissing(_not_here(name))
        return key

    def sealed(self, key: Key, org_id: str, source_id: str, secrets: Sequence[object]) -> str:
        """Secrets as they are stored."""
        return f"{_MARK}{key.name}:{key.seal(json.dumps(secrets), _about(org_id, source_id))}"

    def opened(self, org_id: str, source_id: str, stored: str) -> Opened:
        """Secrets out of what is stored."""
        if not stored.startswith(_MARK):
            return Opened(tuple(json.loads(stored)))
        name, _, sealed = stored.removeprefix(_MARK).partition(":")
        key = self._keys.named(name)
        if key is None:
            return Opened((), _not_here(name))
        text = key.unseal(sealed, _about(org_id, source_id))
        if text is None:
            return Opened((), "they were changed, or sealed for another source")
        return Opened(tuple(json.loads(text)))


async def named_key(connection: Reading) -> str | None:
    """The name of the key that the ledger's secrets are sealed with; None before there is one."""
    rows = await connection.fetch("installation_secret", {"name": _KEY_OF_LEDGER})
    return rows[0][0] if rows else None


async def seal_with(connection: Writing, name: str, now: int) -> None:
    """Let the key of this name seal from now on."""
    values = {"name": _KEY_OF_LEDGER, "secret": name, "created_at": now}
    await connection.execute("set_installation_secret", values)


async def bar_older_programs(connection: Writing) -> None:
    """Something is sealed: programs that cannot read it are told so, as by a migration.

    What signed cookies once, and is of no use any more, goes.
    """
    await connection.execute("bar_programs_before", {"schema": _OLDEST_PROGRAM})
    await connection.execute("drop_installation_secret", {"name": _SIGNED_COOKIES_BEFORE})


def sealed_by(stored: str) -> str | None:
    """The name of the key that something is sealed with; None where it is not."""
    return stored.removeprefix(_MARK).partition(":")[0] if stored.startswith(_MARK) else None


def holds_secrets(stored: str) -> bool:
    """Whether there is anything to seal."""
    return stored != NO_SECRETS


def _about(org_id: str, source_id: str) -> str:
    return f"{org_id}\0{source_id}"


def _not_here(name: str) -> str:
    return (
        f"they are sealed with the secret key {name}, which is not here: bring it back, in"
        " ROLLBOOK_SECRET_KEY or the file of keys"
    )
