"""A disk that stalls or is full, for one process: a layer between it and the system's calls.

And a small one, for a database server of many processes.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static int is(const char *variable) {
    const char *path = getenv(variable);
    return path && access(path, F_OK) == 0;
}

static void stall(void) { while (is("DISK_STALLS")) usleep(20000); }

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    stall();
    return real(fd);
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    stall();
    return real(fd);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    if (is("DISK_IS_FULL")) { errno = ENOSPC; return -1; }
    return real(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return pwrite64(fd, data, size, at);
}
"""


@dataclass(frozen=True)
class Disk:
    """What a process started with `settings` has for a disk."""

    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.folder / "disk.so"),
            "DISK_STALLS": str(self.folder / "stalls"),
            "DISK_IS_FULL": str(self.folder / "full"),
        }

    def stalls(self, does: bool) -> None:
        """From now on nothing gets durable until this is over."""
        self._mark("stalls", does)

    def is_full(self, does: bool) -> None:
        """From now on nothing more can be written."""
        self._mark("full", does)

    def _mark(self, name: str, does: bool) -> None:
        mark = self.folder / name
        if does:
            mark.touch()
        else:
            mark.unlink()


def bad_disk(folder: Path) -> Disk:
    """A disk that can be made to stall. Skips where no compiler is, but not where CI is `true`."""
    compiler = shutil.which("cc")
    if compiler is None:
        assert os.environ.get("CI") != "true", "a C compiler is needed"
        pytest.skip("no C compiler here")
    source = folder / "disk.c"
    source.write_text(_SOURCE, encoding="ascii")
    made = folder / "disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return Disk(folder)


_SMALL_MIB = 160
"""Enough for a PostgreSQL server with nothing in it, and its log of 16 MiB at a time."""


@dataclass(frozen=True)
class SmallDisk:
    """A file system of its own, in memory, that is soon full."""

    folder: Path

    def is_full(self, does: bool) -> None:
        """Have a file take all the room that is left; or give it back."""
        filler = self.folder / "filler"
        if not does:
            filler.unlink()
            return
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4096)


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """Skips where no file system may be mounted: CI too runs as somebody who may not, mostly."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    # Not pytest's own directory: the path of a socket must be shorter than that may be.
    folder = Path(tempfile.mkdtemp(prefix="rollbook-disk-"))
    options = f"size={_SMALL_MIB}m,mode=0777"
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False
        )
        if mounted.returncode:
            pytest.skip("no file system may be mounted here")
        try:
            yield SmallDisk(folder)
        finally:
            # At once for all, and for who still has a file there when that is closed.
            subprocess.run(["umount", "--lazy", folder], check=True)
    finally:
        folder.rmdir()
