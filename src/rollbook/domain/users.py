"""People who sign in to an organization's pages, and how they are invited."""

import hashlib
import re
from collections.abc import Iterable

from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier, label
from rollbook.domain.ids import random_text
from rollbook.domain.rights import UserRole
from rollbook.domain.values import value

INVITED_MS = 7 * 86_400_000
"""How long the link of an invitation leads anywhere."""

MOST_PARTICIPANTS = 10
"""Ids of people in the ledger that one user has."""

_EMAIL = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]+\.[^\s@,;<>\"]+")
_LONGEST_EMAIL = 254


@value
class User:
    """Somebody who signs in by their e-mail address. Instants in milliseconds UTC."""

    user_id: str
    name: str
    email: str
    role: UserRole
    created_at: int
    disabled_at: int | None = None
    signed_in_at: int | None = None
    invited_until: int | None = None
    has_password: bool = False

    @property
    def known_as(self) -> str:
        """How they are called in what is noted of them: without their name."""
        return user_named(self.user_id)


def user_named(user_id: str) -> str:
    """How a user is called in what is noted."""
    return f"user {user_id}"


def new_user_id() -> str:
    """A fresh id of a user: 40 random bits, not a secret."""
    return random_text(8)


def email_hash(email: str) -> str:
    """By what the organizations of an e-mail address are found."""
    return hashlib.sha256(email.encode()).hexdigest()


def usual_email(text: str) -> str:
    """An e-mail address as it is compared: trimmed, in small letters."""
    return text.strip().lower()


def checked_email(text: str) -> str:
    """The same, if it can be one. Raises InvalidInput."""
    email = usual_email(text)
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise InvalidInput(
            "email must be an e-mail address, such as ada@school.example", field="email"
        )
    return identifier(email, "email")


def checked_user_name(text: str) -> str:
    """What a user is called, trimmed. Raises InvalidInput where it is blank or too long."""
    name = label(text.strip(), "name")
    if name is None or len(name) > 200:
        raise InvalidInput("name must have from 1 to 200 characters", field="name")
    return name


def checked_participants(role: UserRole, told: Iterable[str]) -> tuple[str, ...]:
    """Who a teacher is in the ledger: ids, each once; nobody for another role. Raises InvalidInput."""
    if role is not UserRole.TEACHER:
        return ()
    wanted = {identifier(one.strip(), "participant"): None for one in told if one.strip()}
    if not wanted:
        raise InvalidInput(
            "participant must be told for a teacher: the id by which the ledger knows them, as it stands"
            " under their name in People. Their rooms are those in which it saw them teach",
            field="participant",
        )
    if len(wanted) > MOST_PARTICIPANTS:
        raise InvalidInput(
            f"participant may be told {MOST_PARTICIPANTS} times at most", field="participant"
        )
    return tuple(wanted)


def checked_role(text: str) -> UserRole:
    """A role by its word. Raises InvalidInput."""
    try:
        return UserRole(text.strip().lower())
    except ValueError:
        expected = ", ".join(UserRole)
        raise InvalidInput(f"role must be one of {expected}", field="role") from None
