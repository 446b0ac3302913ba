"""Inviting people, saying what they may do, and ending that again."""

from collections.abc import Iterable

from rollbook.domain.audit import Action
from rollbook.domain.errors import Conflict, NotFound, Unauthorized
from rollbook.domain.passwords import require_good
from rollbook.domain.rights import UserRole
from rollbook.domain.tokens import new_token, org_id_of_token, token_hash
from rollbook.domain.users import (
    INVITED_MS,
    User,
    checked_email,
    checked_participants,
    checked_role,
    checked_user_name,
    new_user_id,
)
from rollbook.service.organizations.ports import OrganizationChange, Organizations
from rollbook.service.organizations.user_ports import Passwords, Users

NO_INVITATION = "This invitation was used, withdrawn, or is over. Ask for another one."


async def invite(
    organizations: Organizations,
    org_id: str,
    named: tuple[str, str, str],
    now: int,
    participants: Iterable[str] = (),
) -> tuple[User, str]:
    """Invite somebody by name, e-mail and role; answers them, and the token of their link, shown this once.

    `participants` are the ids by which the ledger knows a teacher.
    Raises InvalidInput, and Conflict where the address is that of a user already.
    """
    name, email, role = checked_user_name(named[0]), checked_email(named[1]), checked_role(named[2])
    in_ledger = checked_participants(role, participants)
    user = User(new_user_id(), name, email, role, now, invited_until=now + INVITED_MS)
    token = new_token(org_id)
    async with organizations.changing(org_id) as change:
        if any(known.email == email for known in await change.users()):
            raise Conflict("somebody with this e-mail address is a user already")
        await change.add_user(user, token_hash(token))
        await change.set_participants(user.user_id, in_ledger)
        await change.note(Action.USER_INVITED, f"{user.known_as} as {role}")
    return user, token


async def invite_again(
    organizations: Organizations, org_id: str, user_id: str, now: int
) -> tuple[User, str]:
    """Another link for a user, who sets another password by it; the link of before leads nowhere.

    The password of before works until then. Raises NotFound.
    """
    token = new_token(org_id)
    async with organizations.changing(org_id) as change:
        user = await _user(change, user_id)
        if user.disabled_at is not None:
            raise Conflict("this user is disabled: let them sign in again first")
        await change.set_user_invitation(user_id, token_hash(token), now + INVITED_MS)
        await change.note(Action.USER_INVITED, f"{user.known_as} again")
    return user, token


async def withdraw_invitation(organizations: Organizations, org_id: str, user_id: str) -> None:
    """Let a link lead nowhere. Raises NotFound."""
    async with organizations.changing(org_id) as change:
        user = await _user(change, user_id)
        await change.set_user_invitation(user_id)
        await change.note(Action.USER_CHANGED, f"{user.known_as}: invitation withdrawn")


async def set_role(
    organizations: Organizations,
    org_id: str,
    user_id: str,
    role: str,
    participants: Iterable[str] = (),
) -> UserRole:
    """Say what a user may do; pages follow within seconds. Raises InvalidInput and NotFound.

    `participants` are the ids by which the ledger knows a teacher.
    """
    wanted = checked_role(role)
    in_ledger = checked_participants(wanted, participants)
    async with organizations.changing(org_id) as change:
        user = await _user(change, user_id)
        before = await change.participants_of(user_id)
        if user.role is not wanted or set(before) != set(in_ledger):
            await change.set_user_role(user_id, wanted)
            await change.set_participants(user_id, in_ledger)
            await change.note(Action.USER_CHANGED, f"{user.known_as}: role {wanted}")
    return wanted


async def disable(organizations: Organizations, org_id: str, user_id: str, now: int) -> None:
    """Let a user sign in no more, and sign them out everywhere. Raises NotFound."""
    async with organizations.changing(org_id) as change:
        user = await _user(change, user_id)
        await change.set_user_disabled(user_id, user.disabled_at or now)
        await change.set_user_invitation(user_id)
        await change.end_sign_ins(user_id=user_id)
        await change.note(Action.USER_CHANGED, f"{user.known_as}: disabled")


async def enable(organizations: Organizations, org_id: str, user_id: str) -> None:
    """Let a user sign in again, with the password of before. Raises NotFound."""
    async with organizations.changing(org_id) as change:
        user = await _user(change, user_id)
        await change.set_user_disabled(user_id, None)
        await change.note(Action.USER_CHANGED, f"{user.known_as}: may sign in again")


async def delete(organizations: Organizations, org_id: str, user_id: str) -> None:
    """Forget a user, their name and their address, and sign them out. Raises NotFound."""
    async with organizations.changing(org_id) as change:
        user = await _user(change, user_id)
        await change.end_sign_ins(user_id=user_id)
        await change.unbind_identities(user_id)
        await change.set_participants(user_id, ())
        await change.delete_user(user)
        await change.note(Action.USER_DELETED, user.known_as)


async def end_sign_ins(
    organizations: Organizations,
    org_id: str,
    *,
    user_id: str | None = None,
    key_hash: str | None = None,
    but: str = "",
) -> None:
    """Sign a user, or whoever came with a key, out everywhere; `but` is a token's hash to be left."""
    async with organizations.changing(org_id) as change:
        ended = await change.end_sign_ins(user_id=user_id, key_hash=key_hash, but=but)
        whose = "with this key" if user_id is None else f"user {user_id}"
        await change.note(Action.SIGN_INS_ENDED, f"{whose}: {ended}")


async def end_sign_in(
    organizations: Organizations, org_id: str, user_id: str, token_hash: str
) -> None:
    """Sign a user out in one place, which may be over already."""
    async with organizations.changing(org_id) as change:
        if await change.end_sign_in(user_id, token_hash):
            await change.note(Action.SIGN_INS_ENDED, f"user {user_id}: 1")


async def invited(users: Users, token: str, now: int) -> tuple[str, User]:
    """The organization and the user that a link invites. Raises NotFound."""
    org_id = org_id_of_token(token)
    user = None if org_id is None else await users.invited(org_id, token_hash(token), now)
    if org_id is None or user is None:
        raise NotFound(NO_INVITATION)
    return org_id, user


async def accept(
    organizations: Organizations,
    found: tuple[str, User],
    token: str,
    hashed: str,
    now: int,
) -> None:
    """Use a link up: the user has this password from now on, and is signed in nowhere. Raises NotFound.

    `hashed` is of a password that `require_good` let pass.
    """
    org_id, user = found
    async with organizations.changing(org_id) as change:
        known = await change.invited_user(token_hash(token), now)
        if known is None or known.user_id != user.user_id:
            raise NotFound(NO_INVITATION)
        await change.set_user_password(user.user_id, hashed)
        await change.end_sign_ins(user_id=user.user_id)
        await change.note(Action.USER_JOINED, user.known_as)


async def change_password(
    organizations: Organizations,
    hashing: tuple[Users, Passwords],
    whose: tuple[str, User, str],
    said: tuple[str, str],
) -> None:
    """Change one's own password, and sign out everywhere but here.

    `whose` is the organization, the user and the hash of their sign-in's token; `said` the password of
    before and the new one. Raises InvalidInput for the latter, and Unauthorized for the former.
    """
    (users, passwords), (org_id, user, here), (before, after) = hashing, whose, said
    require_good(after, name=user.name, email=user.email)
    if not await passwords.fits(before, await users.password_of_user(org_id, user.user_id)):
        raise Unauthorized("That is not your password of now: nothing was changed.")
    hashed = await passwords.hashed(after)
    async with organizations.changing(org_id) as change:
        await change.set_user_password(user.user_id, hashed)
        await change.end_sign_ins(user_id=user.user_id, but=here)
        await change.note(Action.PASSWORD_CHANGED, user.known_as)


async def find_user(users: Users, org_id: str, reference: str) -> User:
    """A user by their id or e-mail address. Raises NotFound."""
    wanted = reference.strip().lower()
    for user in await users.users(org_id):
        if wanted in {user.user_id, user.email}:
            return user
    raise NotFound("no user has this id or e-mail address; see `rollbook user list`")


async def _user(change: OrganizationChange, user_id: str) -> User:
    for user in await change.users():
        if user.user_id == user_id:
            return user
    raise NotFound("there is no such user any more")
