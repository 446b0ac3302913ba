"""Files that somebody brought, until it is said what is to become of them.

They lie on disk where all workers of a machine find them, readable to the service's own user alone:
each for an hour, and a few of an organization. An id cannot be guessed, and opens nothing to another
organization or another sign-in.
"""

import asyncio
import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from rollbook.domain.errors import NotFound, StoreUnavailable
from rollbook.domain.ids import OrgId
from rollbook.domain.values import value

KEPT_MS = 3_600_000
MOST_KEPT = 5
"""Of an organization: the oldest makes room for one more."""

_SWEEP_SECONDS = 300.0
_ID = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)
_LONGEST_NAME = 200
_CONTENT, _CARD, _REJECTS = ".file", ".card", ".rejects"
_GONE = "This file is not here any more: files are kept for an hour. Choose it once more."


class _Card(msgspec.Struct):
    """What lies beside a file: its name, whose it is, and what was found out of it."""

    name: str
    owner: str
    said: str = ""


@value
class Upload:
    """A file that was brought. `said` is what `Uploads.say` was told of it last."""

    upload_id: str
    name: str
    content: Path
    said: str

    @property
    def rejects(self) -> Path:
        """Where what cannot be read of it is written to."""
        return self.content.with_suffix(_REJECTS)


@value
class Owner:
    """Who brought a file: an organization, and what only one sign-in has."""

    org_id: OrgId
    token: str

    @property
    def mark(self) -> str:
        """What tells this owner from others, and opens nothing."""
        return hashlib.sha256(f"upload\0{self.token}".encode()).hexdigest()


class Uploads:
    """The files of all organizations. Every method but `start` and `stop` is work for a thread."""

    def __init__(self, now: Callable[[], int], folder: Path | None = None) -> None:
        """`now` is in ms UTC. Without a folder it is one of the user's own among temporary files."""
        self._now = now
        self._folder = folder or Path(tempfile.gettempdir(), f"rollbook-uploads-{os.geteuid()}")
        self._sweeping: asyncio.Task[None] | None = None

    def keep(self, owner: Owner, name: str, content: IO[bytes]) -> Upload:
        """Keep a file for an hour. Raises StoreUnavailable where there is no room for it."""
        with self._room():
            folder = self._own(owner.org_id)
            _make_room(folder)
            upload_id = secrets.token_urlsafe(24)
            upload = Upload(upload_id, _plain(name), folder / f"{upload_id}{_CONTENT}", "")
            with _made(upload.content) as target:
                shutil.copyfileobj(content, target)
            _write_card(upload, owner, "")
            now = self._now() / 1000
            os.utime(upload.content, (now, now))
        return upload

    def find(self, owner: Owner, upload_id: str) -> Upload:
        """A file that this owner brought within the hour. Raises NotFound."""
        if not _ID.fullmatch(upload_id):
            raise NotFound(_GONE)
        content = self._folder / owner.org_id / f"{upload_id}{_CONTENT}"
        try:
            if self._is_old(content):
                raise NotFound(_GONE)
            card = msgspec.json.decode(content.with_suffix(_CARD).read_bytes(), type=_Card)
        except (OSError, msgspec.MsgspecError):
            raise NotFound(_GONE) from None
        if not secrets.compare_digest(card.owner, owner.mark):
            raise NotFound(_GONE)
        return Upload(upload_id, card.name, content, card.said)

    def open(self, upload: Upload) -> BinaryIO:
        """Its content. Raises NotFound where it was forgotten meanwhile."""
        try:
            return upload.content.open("rb")
        except FileNotFoundError:
            raise NotFound(_GONE) from None

    def say(self, upload: Upload, owner: Owner, said: str) -> None:
        """Write beside a file what was found out of it."""
        with self._room():
            _write_card(upload, owner, said)

    def open_rejects(self, upload: Upload) -> BinaryIO:
        """Begin to write what cannot be read of a file anew."""
        with self._room():
            upload.rejects.unlink(missing_ok=True)
            return _made(upload.rejects)

    def drop(self, upload: Upload) -> None:
        """Forget a file."""
        _forget(upload.content)

    def sweep(self) -> None:
        """Forget every file whose hour is over, of all organizations."""
        for path in self._folder.glob("*/*"):
            content = path.with_suffix(_CONTENT)
            with suppress(OSError):
                # What lies beside a file goes with it, and by itself only where that is gone.
                if self._is_old(content if content.exists() else path):
                    path.unlink()

    async def start(self) -> None:
        """Begin to forget old files now and then."""
        self._sweeping = asyncio.create_task(self._sweep_again_and_again())

    async def stop(self) -> None:
        """End that."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.wait({self._sweeping})

    async def _sweep_again_and_again(self) -> None:
        while True:
            await asyncio.to_thread(self.sweep)
            await asyncio.sleep(_SWEEP_SECONDS)

    def _own(self, org_id: OrgId) -> Path:
        """The folder of an organization, in one that nobody else can have put there or can read."""
        for folder in (self._folder, self._folder / org_id):
            folder.mkdir(mode=0o700, exist_ok=True)
            found = folder.lstat()
            others = found.st_uid != os.geteuid() or found.st_mode & 0o077
            if others or not stat.S_ISDIR(found.st_mode):
                raise StoreUnavailable(f"{folder} is not the service's own alone: remove it")
        return self._folder / org_id

    def _is_old(self, path: Path) -> bool:
        return not abs(self._now() - path.stat().st_mtime * 1000) < KEPT_MS

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Raises StoreUnavailable where the disk takes no more."""
        try:
            yield
        except OSError as error:
            message = f"An upload finds no room in {self._folder} ({error.strerror})"
            raise StoreUnavailable(message) from error


def _make_room(folder: Path) -> None:
    for content in sorted(folder.glob(f"*{_CONTENT}"), key=_kept_at)[: 1 - MOST_KEPT]:
        _forget(content)


def _kept_at(path: Path) -> float:
    """When it was brought; another process may have forgotten it meanwhile."""
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _forget(content: Path) -> None:
    for path in (content, *(content.with_suffix(ending) for ending in (_CARD, _REJECTS))):
        path.unlink(missing_ok=True)


def _write_card(upload: Upload, owner: Owner, said: str) -> None:
    """Put the card in the place of the one before, so that nobody finds half of one."""
    fresh = upload.content.with_suffix(f".{secrets.token_hex(4)}")
    with _made(fresh) as target:
        target.write(msgspec.json.encode(_Card(upload.name, owner.mark, said)))
    fresh.replace(upload.content.with_suffix(_CARD))


def _made(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _plain(name: str) -> str:
    """The name of a file without folders and without what cannot be shown or stored."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in last)
    return shown[:_LONGEST_NAME] or "file"
