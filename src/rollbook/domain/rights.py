"""What whoever is signed in may do on pages: by their role, or by what their key may do."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from rollbook.domain.scopes import Scope


class UserRole(StrEnum):
    """What somebody who signs in does in a school."""

    OWNER = "owner"
    """Answers for it: everything."""
    OFFICE = "office"
    """Runs it from day to day."""
    VIEWER = "viewer"
    """Looks, and changes nothing."""
    TEACHER = "teacher"
    """Looks after the rooms they teach, and sees no others."""


class Right(StrEnum):
    """What can be done on pages; each of them needs one of these."""

    OWN = "own"
    """What concerns nobody else: one's own password, and leaving."""
    TEACH = "teach"
    """See which rooms one teaches."""
    ROOM = "room"
    """Look at one room; who may not look at everything, at one that they teach."""
    CLASS = "class"
    """Say of a class of such a room when it was, and who is excused from it."""
    LOOK = "look"
    """Read what the ledger says, and take it away as a file."""
    KEEP = "keep"
    """Say what it cannot know: rosters, timetables, rules, excuses from days, corrections."""
    SHARE = "share"
    """Give somebody who does not sign in a link to a page."""
    BRING = "bring"
    """Bring files in, and take them back."""
    SOURCES = "sources"
    """See how sources do, and pause them."""
    SET = "set"
    """Change the rules by which everything is counted."""
    SECRETS = "secrets"
    """Give sources their secrets."""
    KEYS = "keys"
    """Make and end keys."""
    USERS = "users"
    """Invite people, and say what they may do."""
    RETENTION = "retention"
    """Say what is forgotten for good."""
    ERASE = "erase"
    """Take a person out of the ledger."""
    CHANGES = "changes"
    """Read who did what."""


_LOOKING = frozenset({Right.OWN, Right.LOOK, Right.ROOM})

RIGHTS: Mapping[UserRole, frozenset[Right]] = {
    UserRole.OWNER: frozenset(Right) - {Right.TEACH},
    UserRole.OFFICE: _LOOKING
    | {Right.CLASS, Right.KEEP, Right.SHARE, Right.BRING, Right.SOURCES, Right.SET},
    UserRole.VIEWER: _LOOKING,
    UserRole.TEACHER: frozenset({Right.OWN, Right.TEACH, Right.ROOM, Right.CLASS}),
}

ROLE_WORDS: Mapping[UserRole, str] = {
    UserRole.OWNER: "everything",
    UserRole.OFFICE: "everything but keys, users, secrets, what is forgotten, and erasing people",
    UserRole.VIEWER: "looks, and changes nothing",
    UserRole.TEACHER: "the rooms they teach, and no others",
}


def rights_of_user(role: UserRole, disabled_at: int | None) -> frozenset[Right]:
    """What a user may do: nothing once they are disabled (ms UTC)."""
    return RIGHTS[role] if disabled_at is None else frozenset()


def rights_of_key(scopes: Collection[Scope]) -> frozenset[Right]:
    """What whoever signed in with a key may do: with `admin` everything, with `read` look."""
    if Scope.ADMIN in scopes:
        return RIGHTS[UserRole.OWNER]
    return RIGHTS[UserRole.VIEWER] if Scope.READ in scopes else frozenset()


def who_may(right: Right) -> str:
    """The roles that have a right, in words: `owner or office`."""
    return " or ".join(role for role in UserRole if right in RIGHTS[role])
