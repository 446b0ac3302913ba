"""A wall clock that can be set for one process: a layer between it and the system's calls."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

/* Seconds that the clock is ahead, read anew each time: the file is small, and in memory. */
static long ahead(void) {
    const char *path = getenv("CLOCK_IS_AHEAD");
    FILE *file = path ? fopen(path, "r") : NULL;
    long seconds = 0;
    if (file) {
        if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
        fclose(file);
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *told) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, told);
    if (result == 0 && clock == CLOCK_REALTIME) told->tv_sec += ahead();
    return result;
}

int gettimeofday(struct timeval *told, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    told->tv_sec = now.tv_sec;
    told->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *told) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (told) *told = now.tv_sec;
    return now.tv_sec;
}
"""


@dataclass(frozen=True)
class WrongClock:
    """What a process started with `settings` has for a clock."""

    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.folder / "clock.so"),
            "CLOCK_IS_AHEAD": str(self.folder / "ahead"),
        }

    def jump(self, seconds: int) -> None:
        """From now on it is so far ahead of the right time; 0 sets it right."""
        draft = self.folder / "draft"
        draft.write_text(str(seconds), encoding="ascii")
        draft.rename(self.folder / "ahead")


def wrong_clock(folder: Path) -> WrongClock:
    """A clock that can be set. Skips where no compiler is, but not where CI is `true`."""
    compiler = shutil.which("cc")
    if compiler is None:
        assert os.environ.get("CI") != "true", "a C compiler is needed"
        pytest.skip("no C compiler here")
    source = folder / "clock.c"
    source.write_text(_SOURCE, encoding="ascii")
    made = folder / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return WrongClock(folder)
