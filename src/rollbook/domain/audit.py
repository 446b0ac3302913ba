"""What is kept of who changed what: never a value, and nothing of anybody in a room."""

from enum import StrEnum

from rollbook.domain.values import value

_DAY_MS = 86_400_000

WHOLE_SERVICE = ""
"""Stands for an organization in what concerns all of them."""


class Action(StrEnum):
    """What was done. A word is never changed: it stands in ledgers and in what reads them."""

    SIGNED_IN = "signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    LOCKED_OUT = "locked-out"
    SIGNED_OUT = "signed-out"
    ORGANIZATION_ADDED = "organization-added"
    ORGANIZATION_DELETED = "organization-deleted"
    KEY_ADDED = "key-added"
    KEY_REVOKED = "key-revoked"
    USER_INVITED = "user-invited"
    USER_JOINED = "user-joined"
    USER_CHANGED = "user-changed"
    USER_DELETED = "user-deleted"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word
    SIGN_INS_ENDED = "sign-ins-ended"
    CONFIRMED = "confirmed"
    PROVIDER_SET = "provider-set"
    LINK_SHARED = "link-shared"
    LINK_REVOKED = "link-revoked"
    LINK_OPENED = "link-opened"
    SOURCE_ADDED = "source-added"
    SOURCE_CHANGED = "source-changed"
    SOURCE_DELETED = "source-deleted"
    SECRET_ROTATED = "secret-rotated"  # noqa: S105 - a word
    SETTING_CHANGED = "setting-changed"
    LIMITS_CHANGED = "limits-changed"
    ROSTER_CHANGED = "roster-changed"
    SCHEDULE_CHANGED = "schedule-changed"
    CLASS_KEPT = "class-kept"
    CLASS_TAKEN_BACK = "class-taken-back"
    EXCUSED = "excused"
    EXCUSE_TAKEN_BACK = "excuse-taken-back"
    IMPORTED = "imported"
    IMPORT_UNDONE = "import-undone"
    EXPORTED = "exported"
    ERASED = "erased"
    SECRET_KEY_CHANGED = "secret-key-changed"  # noqa: S105 - as above


@value
class Doer:
    """Who does something (`key 3f2a9c51d07b`), from where (an address), and with which request."""

    who: str
    whence: str = ""
    request_id: str = ""


THE_SERVICE = Doer("service")
"""Whoever does what nobody asked for in person."""


@value
class Entry:
    """One thing that was done, at an instant (ms UTC), to `what`: a name or an id, never a value."""

    org_id: str
    at: int
    action: Action
    doer: Doer
    what: str = ""


@value
class Kept:
    """An entry as it is kept, with the id that tells it from others of the same moment."""

    entry_id: str
    entry: Entry


def key_named(key_id: str) -> str:
    """How whoever came with a key is called."""
    return f"key {key_id}"


def entries_before(days: int, now: int) -> int | None:
    """Before which instant (ms UTC) entries are forgotten that are kept for so many days; 0 is for ever."""
    return now - days * _DAY_MS if days else None
