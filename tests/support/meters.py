"""Meters of those tests that count nothing."""

from collections.abc import Sequence

from rollbook.service.ingest.group_commit import GroupMeter
from rollbook.service.ingest.record import Arrival, Outcome


class Uncounted(GroupMeter):
    """Takes everything and keeps nothing."""

    def committed(
        self, arrivals: Sequence[Arrival], outcomes: Sequence[Sequence[Outcome]], seconds: float
    ) -> None:
        pass

    def failed(self) -> None:
        pass

    def rejected(self, kind: str) -> None:
        pass
