"""Organizations that somebody else holds, so that they do not keep all others waiting.

A process that was paused within a transaction, or a person with one open, holds the rows of some
organizations. Their senders are told to come back, and now and then one of them tries.
"""

import asyncio

from rollbook.domain.errors import StoreLocked

PAUSE_SECONDS = 2
"""Between two tries: as long as the senders are told to stay away."""

_FORGOTTEN_SECONDS = 60.0
"""After so long without a try it is taken for free again; who thinks so waits for a moment at most."""


class HeldOrganizations:
    """Which organizations were not to be had, and when each was last tried."""

    def __init__(self) -> None:
        self._tried: dict[str, float] = {}

    def __contains__(self, org_id: str) -> bool:
        if org_id not in self._tried:
            return False
        if self._now() - self._tried[org_id] > _FORGOTTEN_SECONDS:
            del self._tried[org_id]
        return org_id in self._tried

    def note(self, org_id: str) -> None:
        """It was tried just now, and was held by somebody else."""
        self._tried[org_id] = self._now()

    def try_again(self, org_id: str) -> None:
        """Have the one try of this moment. Raises StoreLocked where another has it."""
        if self._now() - self._tried[org_id] < PAUSE_SECONDS:
            raise still_held()
        self.note(org_id)

    def free(self, org_id: str) -> None:
        """It could be had."""
        self._tried.pop(org_id, None)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def still_held() -> StoreLocked:
    """What the senders of such an organization are told."""
    message = "the organization is held by another transaction"
    return StoreLocked(message, retry_after=PAUSE_SECONDS)
