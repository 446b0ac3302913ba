"""What a key may do."""

from collections.abc import Iterable
from enum import StrEnum

from rollbook.domain.errors import InvalidInput


class Scope(StrEnum):
    """A right of a key; every route of the API needs one of them."""

    READ = "read"
    """Ask what the ledger says."""
    INGEST = "ingest"
    """Bring events into it."""
    ADMIN = "admin"
    """Change the organization itself."""


EVERY_SCOPE = frozenset(Scope)
"""What a key may do whose rights nobody limited."""


def checked_scopes(words: Iterable[str]) -> frozenset[Scope]:
    """Scopes by their words. Raises InvalidInput for another word, and for none at all."""
    given = {word.strip().lower() for word in words}
    if not given or not given <= set(Scope):
        raise InvalidInput(f"scope must be one or more of {', '.join(Scope)}", field="scope")
    return frozenset(map(Scope, given))
