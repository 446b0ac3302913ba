"""What a person says, beside what was seen: who says it, when and why."""

from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import label
from rollbook.domain.ids import random_text
from rollbook.domain.values import value

LONGEST_NOTE = 500


@value
class Said:
    """Something that was said, by its id: `by` whom, `at` when (ms UTC), and why, in a `note`."""

    said_id: str
    by: str
    at: int
    note: str


@value
class TakenBack:
    """By whom something that was said was taken back, and when (ms UTC)."""

    by: str
    at: int


def newly_said(by: str, at: int, note: str) -> Said:
    """Something that is said now. Raises InvalidInput for a note that does not say why."""
    return Said(random_text(10), by, at, checked_note(note))


def checked_note(note: str) -> str:
    """Why something is said, trimmed. Raises InvalidInput where it is blank or too long."""
    checked = label(note, "note") if len(note) <= LONGEST_NOTE else None
    if checked is None:
        message = f"note must say why, in 1 to {LONGEST_NOTE} characters"
        raise InvalidInput(message, field="note")
    return checked.strip()
