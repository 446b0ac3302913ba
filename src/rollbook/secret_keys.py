"""The keys of the installation: where they are kept, and what is sealed and signed with them.

A key is a text of 32 characters or more. None is used as it is: each purpose has a key of its own that
is derived from it (HKDF, RFC 5869), and so has its name, which tells keys apart and gives none away.
docs/decisions/0050-sealed-secrets.md.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rollbook.domain.errors import InvalidInput, SecretKeyMissing
from rollbook.settings import SHORTEST_SECRET, Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
"""Bytes, as AES-GCM wants them: https://csrc.nist.gov/pubs/sp/800/38/d/final."""

_NAME = 6
"""Bytes of a name."""


class SecretKey:
    """One key."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def name(self) -> str:
        """By what it is known: 12 digits in hex."""
        return _derived(self._text, "its name", _NAME).hex()

    def derived(self, purpose: str) -> bytes:
        """The key of 32 bytes for one purpose."""
        return _derived(self._text, purpose, 32)

    def seal(self, text: str, about: str) -> str:
        """A text, enciphered; it opens only together with what it is about."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, text.encode(), about.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def unseal(self, sealed: str, about: str) -> str | None:
        """The text; None where it was sealed by another key, about something else, or was changed."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as for the cipher, below

        try:
            whole = base64.urlsafe_b64decode(sealed)
            return self._cipher.decrypt(whole[:_NONCE], whole[_NONCE:], about.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            return None

    @cached_property
    def _cipher(self) -> "AESGCM":
        # Most commands open nothing, and would take twice as long to begin.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above

        return AESGCM(self.derived("secrets of sources"))


class SecretKeys:
    """All keys that are here: the first is the newest, the others still open what they sealed."""

    def __init__(self, told: Sequence[str] = (), file: Path | None = None) -> None:
        """Those that are told come before those of the file, which may be missing."""
        self._told = tuple(SecretKey(text) for text in told)
        self._file = file
        self._known: tuple[SecretKey, ...] = self._told
        self._read: tuple[int, int, int] | None = None

    def all(self) -> Sequence[SecretKey]:
        """Every key. Raises SecretKeyMissing where there is none."""
        if not self._known:
            self.look_again()
        if not self._known:
            raise SecretKeyMissing(self._none_here())
        return self._known

    def derived(self, purpose: str) -> list[bytes]:
        """The keys for one purpose, that of the newest first. Raises SecretKeyMissing."""
        return [key.derived(purpose) for key in self.all()]

    def named(self, name: str) -> SecretKey | None:
        """The key of this name; it may have come into the file since that was read."""
        found = self._find(name)
        return self._find(name) if found is None and self.look_again() else found

    def look_again(self) -> bool:
        """Read the file, where it is another one than was read; whether it was."""
        stamp = self._stamp()
        if self._file is None or stamp is None or stamp == self._read:
            return False
        self._known = (*self._told, *map(SecretKey, keys_in(self._file)))
        self._read = stamp
        return True

    def make(self) -> None:
        """Make a key where there is none, and nobody has told one. Raises SecretKeyMissing."""
        self.look_again()
        if self._known:
            return
        if self._file is None:
            raise SecretKeyMissing(self._none_here())
        _write_new(self._file, [fresh_key()])
        self.look_again()

    def renew(self) -> SecretKey:
        """A new first key. Raises InvalidInput where keys are told, and not kept in a file here."""
        if self._file is None or self._told:
            message = (
                "ROLLBOOK_SECRET_KEY says the keys: put a new one before the others, as in new,old"
            )
            raise InvalidInput(message, field="ROLLBOOK_SECRET_KEY")
        before = keys_in(self._file) if self._file.exists() else []
        _replace(self._file, [fresh_key(), *before])
        self.look_again()
        return self.all()[0]

    def _find(self, name: str) -> SecretKey | None:
        return next((key for key in self._known if key.name == name), None)

    def _stamp(self) -> tuple[int, int, int] | None:
        if self._file is None:
            return None
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _none_here(self) -> str:
        if self._file is not None:
            return f"there is no secret key: ROLLBOOK_SECRET_KEY is not set, and {self._file} is not there"
        return (
            "a ledger in PostgreSQL needs a secret key, the same for every service and command: set"
            " ROLLBOOK_SECRET_KEY, or ROLLBOOK_SECRET_KEY_FILE (`rollbook secrets new` makes a key)"
        )


def secret_keys_for(settings: Settings) -> SecretKeys:
    """The keys that the settings tell; nothing is read yet."""
    return SecretKeys(settings.secret_keys, settings.secret_key_file)


def fresh_key() -> str:
    """A new key of 256 random bits."""
    return secrets.token_urlsafe(32)


def keys_in(file: Path) -> list[str]:
    """The keys in a file, one a line. Raises InvalidInput where it cannot be read or one is short."""
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InvalidInput(f"the secret key cannot be read from {file}: {why}") from None
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys or any(len(key) < SHORTEST_SECRET for key in keys):
        message = (
            f"{file} must hold a secret key of at least {SHORTEST_SECRET} characters, one a line"
        )
        raise InvalidInput(message, field="ROLLBOOK_SECRET_KEY_FILE")
    return keys


_ABOUT = (
    "# The secret key of Rollbook. Without it the secrets of sources are lost: keep a copy, and not in the",
    "# backups of the database. The first line seals, all open. See docs/operations.md.",
)


def _write_new(file: Path, keys: Sequence[str]) -> None:
    """Write a file that is not there; where another process was faster, theirs counts."""
    draft = _draft(file, keys)
    try:
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
    _to_disk(file.parent)


def _replace(file: Path, keys: Sequence[str]) -> None:
    _draft(file, keys).replace(file)
    _to_disk(file.parent)


def _draft(file: Path, keys: Sequence[str]) -> Path:
    """A whole file beside, for its owner alone, on the disk."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write("\n".join([*_ABOUT, *keys, ""]))
            out.flush()
            os.fsync(descriptor)
        if os.geteuid() == 0:
            # Whoever has the folder runs the service, also where root was the first.
            owner = (file if file.exists() else file.parent).stat()
            os.chown(draft, owner.st_uid, owner.st_gid)
    except OSError as error:
        raise InvalidInput(
            f"the secret key cannot be written to {file}: {error.strerror}"
        ) from None
    return draft


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(maxsize=64)
def _derived(text: str, purpose: str, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - as above

    info = f"rollbook: {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=b"rollbook", info=info).derive(
        text.encode()
    )
