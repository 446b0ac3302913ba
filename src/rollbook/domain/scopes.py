"""What a key may do."""

from enum import StrEnum


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
