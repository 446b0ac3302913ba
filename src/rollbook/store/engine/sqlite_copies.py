"""Copies of an embedded ledger: written beside whoever works with it, and put in its place.

A copy is made under a name of its own, checked, brought to the disk, and only then gets the name
that somebody will look for: whatever is cut off where, no half of a copy is ever taken for one.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from rollbook.domain.errors import InvalidInput
from rollbook.store.engine.sqlite_file import LedgerFile, findings_in, uri

_OWN_SUFFIXES = ("-wal", "-shm", "-journal", "-lock")


def back_up(ledger: Path, target: Path) -> None:
    """Copy a ledger as it is at this moment into a new file, for its owner alone.

    Whoever writes is not kept waiting: the copy is read from one unchanging state. Raises
    InvalidInput where the target is there already or cannot be written, or the copy is damaged.
    """
    if target.exists():
        raise InvalidInput(f"{target} is there already, and a backup never overwrites")
    with draft_beside(target) as draft:
        copy_checked(ledger, draft)
        with _trouble_with(target):
            _name(draft, target)


@contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """The name of a new file in the same folder, for its owner alone; what is left of it goes."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with _trouble_with(target):
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        yield draft
    finally:
        for suffix in ("", *_OWN_SUFFIXES):
            with suppress(FileNotFoundError):
                draft.with_name(draft.name + suffix).unlink()


def copy_checked(source: Path, draft: Path) -> None:
    """Copy a ledger, with what its write-ahead log holds, into one file; durable when this returns.

    Raises InvalidInput where the source cannot be read or the copy is damaged.
    """
    if not source.is_file():
        raise InvalidInput(f"{source}: no such file")
    try:
        with closing(sqlite3.connect(_read_only(source), uri=True)) as held:
            _copy(held, draft)
    except sqlite3.DatabaseError as error:
        raise InvalidInput(f"{source} cannot be copied: {error}") from error
    if findings := findings_in(draft, thorough=True):
        raise InvalidInput(f"{source} is damaged: {findings[0]}")
    _to_disk(draft)


def put_in_place(ledger: LedgerFile, draft: Path) -> Path | None:
    """Let a copy be the ledger. Answers the name that the one before has now, if there was one.

    At no moment is there no ledger, nor one beside the write-ahead log of another.
    """
    kept = _kept(ledger) if ledger.path.exists() else None
    # What a log tells of is in the ledger by now, or both were moved: none may meet the copy.
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            ledger.beside(suffix).unlink()
    _for_whom(ledger.path if kept else ledger.path.parent, draft, alike=bool(kept))
    draft.replace(ledger.path)
    _to_disk(ledger.path.parent)
    return kept


def _copy(held: sqlite3.Connection, draft: Path) -> None:
    with closing(sqlite3.connect(uri(draft, "rw"), uri=True, isolation_level=None)) as copy:
        # It is brought to the disk once, when it is whole.
        copy.execute("PRAGMA synchronous = OFF")
        held.backup(copy)
        # One file, which can be copied and read from anywhere; who opens it as a ledger sets it back.
        copy.execute("PRAGMA journal_mode = DELETE")


def _read_only(source: Path) -> str:
    """The source where nothing beside it may be written, such as a disk for reading only."""
    alone = not source.with_name(source.name + "-wal").exists()
    writable = os.access(source.parent, os.W_OK)
    return uri(source, "ro") + ("&immutable=1" if alone and not writable else "")


def _for_whom(before: Path, draft: Path, *, alike: bool) -> None:
    """Whoever used the ledger before may use this one, also where root puts it there."""
    owner = before.stat()
    if alike:
        draft.chmod(owner.st_mode & 0o777)
    if os.geteuid() == 0:
        os.chown(draft, owner.st_uid, owner.st_gid)


def _kept(ledger: LedgerFile) -> Path:
    """Give the ledger of before a second name, with its log where that could not be written into it."""
    stamp = datetime.fromtimestamp(ledger.path.stat().st_mtime, UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = ledger.beside(f".before-restore-{stamp}-{secrets.token_hex(2)}")
    if _whole_without_log(ledger.path):
        _second_name(ledger.path, kept)
        return kept
    log = ledger.beside("-wal")
    _second_name(ledger.path, kept)
    if log.exists() and log.stat().st_size:
        log.rename(kept.with_name(kept.name + "-wal"))
    return kept


def _whole_without_log(path: Path) -> bool:
    """Bring all that the log tells of into a ledger that is sound with it; whether that went well."""
    if findings_in(path, thorough=True):
        return False
    try:
        with closing(sqlite3.connect(uri(path, "rw"), uri=True, isolation_level=None)) as held:
            busy, _, _ = held.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
    except sqlite3.DatabaseError:
        return False


def _second_name(path: Path, name: Path) -> None:
    try:
        name.hardlink_to(path)
    except OSError:
        # Some disks give a file one name only.
        shutil.copy2(path, name)


def _name(draft: Path, target: Path) -> None:
    """Give a new file its name, which nobody may have taken meanwhile; durable when this returns."""
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:
        draft.rename(target)  # as above; that nobody has the name was seen before
    _to_disk(target.parent)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _trouble_with(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror or error}") from error
