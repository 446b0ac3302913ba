"""A hunt: cases of one family, each made by a number, until time is over or a few were tried.

Hypothesis would make cases that fail small; but it takes most of a minute for what is made here in a
second, and it is rare cases that are hunted. A fault is found once: by where it arises it is known
again, and the hunt goes on to look for others.
"""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeVar

LONGEST = 1.0
"""Seconds of the processor that one case may take: nobody who is answered waits for longer."""

_MOST_SHOWN = 900
_PROGRAM = str(Path(__file__).parents[2] / "src")
_Case = TypeVar("_Case")


@dataclass
class Hunt:
    """What was tried, and what was found."""

    name: str
    seconds: float
    """How long to go on; 0: a few cases, in which nothing is judged by how long it took."""
    say: Callable[[str], None]
    cases: int = 0
    findings: dict[str, str] = field(default_factory=dict)
    """By where they arise: the first case, and how it failed."""

    def through(
        self, make: Callable[[Random], _Case], attempt: Callable[[_Case], None], *, few: int = 200
    ) -> None:
        """Try cases; `few` are enough where no time is given. Fails by what it finds."""
        ends = time.monotonic() + self.seconds
        for number in count():
            if number >= few and time.monotonic() >= ends:
                break
            self._try(f"{self.name} {number}", make, attempt)
        if self.seconds:
            self.say(f"{self.cases:,} cases, {len(self.findings)} findings")
        assert not self.findings, "\n\n".join(map("\n".join, self.findings.items()))

    def _try(
        self, name: str, make: Callable[[Random], _Case], attempt: Callable[[_Case], None]
    ) -> None:
        case = make(Random(name))  # noqa: S311 - the same case for the same name
        self.cases += 1
        began = time.perf_counter()
        try:
            attempt(case)
            if self.seconds and time.perf_counter() - began > LONGEST:
                self._judge(name, case, attempt)
        except BaseException as error:
            # A library in Rust has its faults beside all that Python catches.
            if not isinstance(error, Exception) and "Panic" not in type(error).__name__:
                raise
            self.findings.setdefault(_place(error), _told(name, case, error))

    def _judge(self, name: str, case: _Case, attempt: Callable[[_Case], None]) -> None:
        """Try a case that took long once more, by a clock that others on the machine do not move."""
        began = time.process_time()
        attempt(case)
        seconds = time.process_time() - began
        if seconds > LONGEST:
            what = f"slow: {getattr(case, 'kind', '')}"
            self.findings.setdefault(what, f"{name}: {seconds:.1f} s for {_shown(case)}")


def _place(error: BaseException) -> str:
    """Where in the program an error arises; where in a test, if it is a test that saw it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(_PROGRAM)] or frames
    where = f"{Path(own[-1].filename).name}:{own[-1].name}" if own else "nowhere"
    return f"{type(error).__name__} in {where}"


def _told(name: str, case: object, error: BaseException) -> str:
    lines = traceback.format_exception(error)
    return f"{name}: {_shown(case)}\n{''.join(lines[-4:])}"


def _shown(case: Any) -> str:
    text = repr(case)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}… ({len(text)} characters)"
