"""Clocks that jump: one that runs ahead is believed late, and what it ended too early is taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.sources import Source
from rollbook.service.ingest.fold import FoldRules, read_again
from rollbook.service.ingest.ports import Ledger

JUMP_MS = 300_000
"""More than a clock is ever corrected by in small steps between two rounds."""

BELIEVED_AFTER_MS = 600_000
"""How long a clock has to stand by a jump ahead: whoever sets it back does so at once, or notices
late. A machine that slept or started with a wrong clock waits no longer than that either."""


class Seen(NamedTuple):
    """What a look at the clock shows: whether to go by it, and whether it may have been ahead before."""

    believed: bool
    was_ahead: bool


@dataclass(slots=True)
class ClockWatch:
    """The clock beside one that only ever goes on (both in ms), as they were at the last look."""

    _wall: int | None = None
    _steady: int = 0
    _ahead_since: int | None = None

    def look(self, wall: int, steady: int | None = None) -> Seen:
        """Look at the clock. Without a steady one beside it, only that it was set back shows."""
        if self._wall is None:
            # What a process before this one did is not known.
            return self._go_on(wall, steady or wall, was_ahead=True)
        if steady is None:
            return self._go_on(wall, wall, was_ahead=wall < self._wall - JUMP_MS)
        drift = (wall - self._wall) - (steady - self._steady)
        if drift <= JUMP_MS:
            back = drift < -JUMP_MS or self._ahead_since is not None
            return self._go_on(wall, steady, was_ahead=back)
        if self._ahead_since is None:
            self._ahead_since = steady
        if steady - self._ahead_since >= BELIEVED_AFTER_MS:
            return self._go_on(wall, steady, was_ahead=False)
        return Seen(believed=False, was_ahead=False)

    def _go_on(self, wall: int, steady: int, *, was_ahead: bool) -> Seen:
        self._wall, self._steady, self._ahead_since = wall, steady, None
        return Seen(believed=True, was_ahead=was_ahead)


async def take_back(
    ledger: Ledger, source: Source, rules: FoldRules, early: Mapping[str, Presence]
) -> None:
    """Take back time-outs by their events, and read the sessions anew from all else that is known."""
    keys = {session_id_for(source.source_id, one.presence_id) for one in early.values()}
    async with ledger.transaction(source.org_id) as transaction:
        await transaction.remove_events(source.source_id, early)
        await read_again(transaction, rules, keys)
