"""What users and sign-ins need of a store, as Protocols, and of what makes hashes of passwords."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rollbook.domain.organizations import KeyRecord
from rollbook.domain.rights import UserRole
from rollbook.domain.users import User
from rollbook.domain.values import value


@value
class SignInRow:
    """A sign-in as it begins: of a user or of a key, from where and with what. Instants in ms UTC."""

    token_hash: str
    user_id: str | None
    key_hash: str | None
    since: int
    address: str | None
    agent: str | None
    proved: bool = True
    """Whether they showed who they are just now, and not only to somebody else some time ago."""


@value
class OpenSignIn:
    """A sign-in as it is kept, and the user or the key that it is of, as these are now (ms UTC)."""

    since: int
    seen_at: int
    proved_at: int
    user: User | None
    key: KeyRecord | None


@value
class SeenSignIn:
    """Where a user is signed in."""

    token_hash: str
    since: int
    seen_at: int
    address: str | None
    agent: str | None


@value
class OwnRoom:
    """A room that a user teaches, and when they were there last (ms UTC)."""

    room_id: str
    title: str | None
    last_there: int


class UserChange(Protocol):
    """What is changed of users, in a change of their organization (ports.OrganizationChange)."""

    async def users(self) -> list[User]: ...

    async def add_user(self, user: User, invited_hash: str) -> None: ...

    async def set_user_role(self, user_id: str, role: UserRole) -> None: ...

    async def participants_of(self, user_id: str) -> Sequence[str]:
        """Who a user is in the ledger."""
        ...

    async def set_participants(self, user_id: str, participants: Sequence[str]) -> None:
        """Who a user is in the ledger, instead of what was said before."""
        ...

    async def set_user_disabled(self, user_id: str, disabled_at: int | None) -> None: ...

    async def set_user_invitation(
        self, user_id: str, invited_hash: str | None = None, until: int | None = None
    ) -> None:
        """Another link, valid until an instant, or none."""
        ...

    async def invited_user(self, invited_hash: str, now: int) -> User | None:
        """Whom a link invites that leads somewhere still."""
        ...

    async def set_user_password(self, user_id: str, password_hash: str) -> None:
        """Another password; an invitation is used up with it."""
        ...

    async def delete_user(self, user: User) -> None: ...

    async def end_sign_in(self, user_id: str, token_hash: str) -> int:
        """Sign a user out in one place; answers how many sign-ins of theirs that ended."""
        ...

    async def end_sign_ins(
        self, *, user_id: str | None = None, key_hash: str | None = None, but: str = ""
    ) -> int:
        """Sign a user or whoever came with a key out everywhere, but for the sign-in of one token's hash."""
        ...


class Users(Protocol):
    """Users of organizations, and who is signed in."""

    async def users(self, org_id: str) -> list[User]: ...

    async def participants(self, org_id: str) -> Mapping[str, Sequence[str]]:
        """Who users are in the ledger, by their ids."""
        ...

    async def rooms_taught_by(self, org_id: str, user_id: str) -> Sequence[OwnRoom]:
        """Rooms in which the ledger saw a user who teaches, the latest first, and never very many."""
        ...

    async def organizations_of_email(self, email_hash: str) -> Sequence[str]:
        """Some organizations in which an e-mail address is that of a user."""
        ...

    async def user_of_email(self, org_id: str, email: str) -> tuple[User, str | None] | None:
        """The user of an address, and the hash of their password."""
        ...

    async def password_of_user(self, org_id: str, user_id: str) -> str | None:
        """The hash of a user's password."""
        ...

    async def invited(self, org_id: str, invited_hash: str, now: int) -> User | None:
        """Whom a link invites that leads somewhere still."""
        ...

    async def begin(self, org_id: str, row: SignInRow) -> None:
        """Keep a sign-in."""
        ...

    async def sign_in(self, org_id: str, token_hash: str) -> OpenSignIn | None: ...

    async def seen(self, org_id: str, token_hash: str, now: int) -> None:
        """Keep that somebody was here again."""
        ...

    async def proved(self, org_id: str, token_hash: str, now: int) -> None:
        """Keep that they showed their password or key again."""
        ...

    async def end(self, org_id: str, token_hash: str) -> None:
        """Sign somebody out, wherever the cookie is."""
        ...

    async def sign_ins_of(self, org_id: str, user_id: str) -> Sequence[SeenSignIn]:
        """Where a user is signed in, the latest first."""
        ...

    async def sign_ins_by_user(self, org_id: str, after: int) -> Mapping[str, int]:
        """How many sign-ins each user has that began after an instant."""
        ...

    async def forget_sign_ins(self, org_id: str, before: int) -> int:
        """Take away those that began before an instant; answers how many."""
        ...

    async def note_key_used(self, org_id: str, key_hash: str, now: int) -> None:
        """Keep when a key was used."""
        ...


class Passwords(Protocol):
    """Makes hashes of passwords and looks whether one is right: dear on purpose, beside other work."""

    async def hashed(self, password: str) -> str:
        """What is kept of a password. Raises TooOften where too many wait."""
        ...

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Whether it is that of a hash; for None it takes as long, and is not. Raises TooOften."""
        ...
