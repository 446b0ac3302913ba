"""How the two ends of a session are known, in the words of the API."""

from collections.abc import Mapping
from typing import Literal

from rollbook.domain.events import EndEvidence, JoinEvidence

JoinedBy = Literal["seen", "told"]
LeftBy = Literal["corrected", "leave", "superseded", "room_finished", "reconciled", "timed_out"]

JOINED_BY: Mapping[JoinEvidence, JoinedBy] = {
    JoinEvidence.SEEN: "seen",
    JoinEvidence.TOLD: "told",
}
LEFT_BY: Mapping[EndEvidence | None, LeftBy] = {
    EndEvidence.CORRECTED: "corrected",
    EndEvidence.LEAVE: "leave",
    EndEvidence.SUPERSEDED: "superseded",
    EndEvidence.ROOM_FINISHED: "room_finished",
    EndEvidence.RECONCILED: "reconciled",
    EndEvidence.TIMED_OUT: "timed_out",
}
"""What ended it; a session that runs has no word here."""
