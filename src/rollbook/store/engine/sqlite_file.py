"""The file of an embedded ledger: who makes it, who has it open, and whether it still is that file.

Whoever has a ledger open holds a shared lock on the file `-lock` beside it; a restore holds it alone.
The system lets go of it with the process, however that ends. It lies beside the ledger, and not on
it: closing a file ends all locks that SQLite has on it, and a ledger that was taken away can be
asked for by nobody. Why a service never opens a file again that was put in another's place:
docs/decisions/0033-the-file-of-a-ledger.md.
"""

import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from glob import escape
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from rollbook.domain.errors import Conflict, StoreUnavailable

PATIENCE = 10.0
"""Seconds to wait for whoever has the ledger alone, and for SQLite's one writer."""

_AGAIN = 0.05
_LATELY = 0.05
_WITHOUT_LOG = {b"\1\1", b""}
_MOST_FINDINGS = 20


class LedgerFile:
    """One file, by its path. Every trouble with it is raised as StoreUnavailable."""

    def __init__(self, path: Path, *, own_folder: bool = False) -> None:
        """With `own_folder`, making the file makes its folder where it is missing."""
        self.path = path.absolute()
        self._own_folder = own_folder
        self._lock: int | None = None
        self._opened: int | None = None
        self._known: tuple[int, int, int] | None = None
        self._seen_at = 0.0

    def exists(self) -> bool:
        """Whether it is there; finds out by trying whether it, or one to come, can be written."""
        folder = self.path.parent
        while self._own_folder and not folder.exists():
            folder = folder.parent
        # By trying, since permissions alone do not tell: a disk may be read-only.
        with writing_to(folder):
            tempfile.TemporaryFile(dir=folder).close()
            if not self.path.exists():
                return False
        self._require_a_file()
        with writing_to(self.path):
            self.path.open("r+b").close()
        return True

    def open(self, *, make: bool) -> bool:
        """Hold it open with others; answers whether it had to be made, which only `make` allows."""
        made = make and self._made()
        if not self.path.exists():
            message = f"there is no ledger at {self.path}; `rollbook serve` makes one"
            raise StoreUnavailable(message)
        self._require_a_file()
        self._lock = self._locked(fcntl.LOCK_SH)
        with writing_to(self.path):
            self._opened = os.open(self.path, os.O_RDONLY)
        self._require_its_own_log()
        self._known = self._identity()
        return made

    def close(self) -> None:
        """Let go of it, once no connection to it is open."""
        for descriptor in (self._opened, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._opened = self._lock = self._known = None

    def require_unmoved(self) -> None:
        """Raises StoreUnavailable where the path does not name the opened file any more.

        Nor may it hold what was copied over it. What is committed then is found by nobody again.
        """
        known = self._known  # before looking, since others look too and it only ever grows
        now = self._identity()
        if not _same(known, now) or self._was_copied_over():
            raise StoreUnavailable(
                f"the ledger {self.path} was removed, or another file put in its place, while it"
                " was in use: stop the service, see that the right file is there (`rollbook db"
                " restore` puts a backup in its place) and start it again"
            )
        self._known, self._seen_at = now, time.monotonic()

    def require_lately_unmoved(self) -> None:
        """The same, for who reads: at least every twentieth of a second somebody looks."""
        if time.monotonic() - self._seen_at > _LATELY:
            self.require_unmoved()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else has the ledger open meanwhile. Raises Conflict where somebody has now."""
        lock = self._locked(fcntl.LOCK_EX, patience=0)
        try:
            yield
        finally:
            os.close(lock)

    def beside(self, suffix: str) -> Path:
        """A file that belongs to it, such as `-wal`."""
        return self.path.with_name(self.path.name + suffix)

    def sizes(self) -> dict[str, int]:
        """The bytes of the ledger and of its write-ahead log; without those that are not there."""
        return {name: size for name, end in (("ledger", ""), ("log", "-wal"))
                if (size := _size(self.beside(end))) is not None}  # fmt: skip

    def free_bytes(self) -> int | None:
        """Bytes that are free for it on its disk; None where its folder is gone."""
        try:
            return shutil.disk_usage(self.path.parent).free
        except OSError:
            return None

    def open_to_others(self) -> Sequence[Path]:
        """The files of the ledger, and what a restore kept of it, that any user of the system can read."""
        if not self.path.parent.is_dir():
            return []
        found = (self.beside(end) for end in ("", "-wal", "-shm"))
        kept = self.path.parent.glob(f"{escape(self.path.name)}.before-restore-*")
        return [path for path in (*found, *sorted(kept)) if others_can_read(path)]

    def _made(self) -> bool:
        if self._own_folder:
            with writing_to(self.path.parent):
                # What is in a ledger is nobody else's business.
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with writing_to(self.path):
            if self.path.exists():
                return False
            log = self.beside("-wal")
            if _size(log):
                message = f"{log} is there and its ledger {self.path} is not: bring it back first"
                raise StoreUnavailable(message)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        return True

    def _locked(self, how: int, patience: float = PATIENCE) -> int:
        """The lock, as a descriptor whose end is its end."""
        lock = self._lock_file()
        until = time.monotonic() + patience
        while not _have(lock, how):
            if time.monotonic() >= until:
                os.close(lock)
                if how == fcntl.LOCK_EX:
                    raise Conflict(f"the ledger {self.path} is in use: stop the service first")
                message = f"the ledger {self.path} is being restored, or checked after a crash"
                raise StoreUnavailable(message)
            time.sleep(_AGAIN)
        return lock

    def _lock_file(self) -> int:
        path = self.beside("-lock")
        with writing_to(path):
            try:
                return os.open(path, os.O_RDWR)
            except FileNotFoundError:
                lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            # Whoever may use the ledger may use this too, also where root was the first.
            if self.path.exists():
                ledger = self.path.stat()
                os.fchmod(lock, ledger.st_mode & 0o666)
                if os.geteuid() == 0:
                    os.fchown(lock, ledger.st_uid, ledger.st_gid)
        return lock

    def _require_a_file(self) -> None:
        if not self.path.is_file():
            raise StoreUnavailable(f"The database is unavailable ({self.path} is not a file)")

    def _require_its_own_log(self) -> None:
        """After a crash: the write-ahead log that was left belongs to this ledger.

        SQLite would write the log of another file into it without a word. A ledger is written to
        before its log was left only where SQLite had just emptied that; all others were put there.
        """
        log = self.beside("-wal")
        if not _size(log):
            return
        if self._was_copied_over():
            self._refuse(log, "the ledger was written without a log")
        if _changed_before(self.path, log):
            return
        with self._if_nobody_else() as alone:
            findings = findings_in(self.path, thorough=True) if alone else []
        if findings:
            self._refuse(log, findings[0])

    def _refuse(self, log: Path, why: str) -> NoReturn:
        self.close()
        raise StoreUnavailable(
            f"the ledger {self.path} and the log {log} that was left beside it do not belong"
            f" together, or are damaged ({why}): nothing was changed; `rollbook db restore` puts a"
            " backup in place and keeps both"
        )

    @contextmanager
    def _if_nobody_else(self) -> Iterator[bool]:
        """Whether no other process has the ledger open; none opens it meanwhile."""
        if self._lock is None:
            yield False
            return
        try:
            yield _have(self._lock, fcntl.LOCK_EX)
        finally:
            # Asking for more than a shared lock gives that up as well: have it again either way.
            fcntl.flock(self._lock, fcntl.LOCK_SH)

    def _was_copied_over(self) -> bool:
        """Whether it says of itself that it has no write-ahead log, as `db backup` lets copies say.

        https://www.sqlite.org/fileformat2.html#file_format_version_numbers
        """
        return self._opened is None or os.pread(self._opened, 2, 18) in _WITHOUT_LOG

    def _identity(self) -> tuple[int, int, int] | None:
        """Which file the path names, and its bytes: in this mode SQLite never makes it smaller."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size


def findings_in(path: Path, *, thorough: bool) -> Sequence[str]:
    """What is wrong inside a file of SQLite, with the log beside it; changes neither.

    Thorough is `integrity_check`, which compares indexes with their tables, and the foreign keys;
    else it is `quick_check`: https://www.sqlite.org/pragma.html#pragma_integrity_check.
    """
    try:
        with closing(sqlite3.connect(uri(path, "ro"), uri=True, timeout=PATIENCE)) as connection:
            check = "integrity_check" if thorough else "quick_check"
            found = [row[0] for row in connection.execute(f"PRAGMA {check}({_MOST_FINDINGS})")]
            if thorough:
                strays = connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST_FINDINGS)
                found += [
                    f"a row of {table} belongs to no {parent}" for table, _, parent, _ in strays
                ]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    lines = [line for text in found for line in text.splitlines()]
    return [line for line in lines if line != "ok" and not line.startswith("***")][:_MOST_FINDINGS]


def others_can_read(path: Path) -> bool:
    """Whether any user of the system can read a file, or write to it, who comes to its folder."""
    try:
        return bool(path.stat().st_mode & 0o006)
    except OSError:
        return False


def uri(path: Path, mode: str) -> str:
    """A file as SQLite takes it, in a mode that never makes one: https://www.sqlite.org/uri.html."""
    return f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """What the system cannot write is StoreUnavailable, with the name of the file."""
    try:
        yield
    except OSError as error:
        message = f"The database is unavailable (cannot write to {path}: {error.strerror})"
        raise StoreUnavailable(message) from error


def _same(known: tuple[int, int, int] | None, now: tuple[int, int, int] | None) -> bool:
    if known is None or now is None:
        return False
    return known[:2] == now[:2] and known[2] <= now[2]


def _have(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _changed_before(ledger: Path, log: Path) -> bool:
    """Whether nothing of the ledger changed since its log was written; copying changes ctime."""
    return ledger.stat().st_ctime_ns < log.stat().st_mtime_ns


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
