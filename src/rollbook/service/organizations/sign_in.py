"""Who is signed in: a user by their password, or an organization by one of its keys."""

from contextlib import suppress

from rollbook.domain.audit import key_named
from rollbook.domain.errors import Forbidden, StoreUnavailable, Unauthorized
from rollbook.domain.organizations import Organization, key_hash, key_id
from rollbook.domain.rights import Right, rights_of_key, rights_of_user
from rollbook.domain.tokens import token_hash
from rollbook.domain.users import User, email_hash, usual_email
from rollbook.domain.values import value
from rollbook.service.memory import Memory
from rollbook.service.organizations.keys import org_id_of
from rollbook.service.organizations.ports import Organizations
from rollbook.service.organizations.user_ports import OpenSignIn, Passwords, SignInRow, Users

SESSION_MS = 12 * 3_600_000
"""How long a sign-in lasts: a school day."""

PROVED_MS = 600_000
"""How long it counts that somebody showed their password or key."""

_SEEN_MS = 900_000
"""How exactly it is kept when somebody was here last."""


@value
class Entered:
    """Who comes in: an organization, and its user or the hash of its key."""

    organization: Organization
    user: User | None = None
    key_hash: str | None = None

    @property
    def who(self) -> str:
        """How they are called in what is noted of them."""
        return self.user.known_as if self.user else key_named(key_id(self.key_hash or ""))


@value
class Known:
    """Who is signed in by the token of this hash, and what they may do. `proved_at` in ms UTC."""

    entered: Entered
    token_hash: str
    rights: frozenset[Right]
    proved_at: int


class SignIns:
    """Who a token is, remembered for two seconds: who is signed out elsewhere is out after that."""

    def __init__(self, organizations: Organizations, users: Users, passwords: Passwords) -> None:
        self._organizations = organizations
        self._users = users
        self._passwords = passwords
        self._memory: Memory[tuple[str, str], Known] = Memory()

    async def by_key(self, key: str, now: int) -> Entered:
        """Whom a key lets in. Raises Unauthorized, and Forbidden where it opens no pages."""
        org_id, hashed = await org_id_of(self._organizations, key), key_hash(key)
        opened = None if org_id is None else await self._organizations.opened_by_key(org_id, hashed)
        if opened is None or not opened.works(now):
            raise Unauthorized
        if not rights_of_key(opened.scopes):
            raise Forbidden("This key opens no pages: it can bring events, and may not read.")
        return Entered(opened.organization, key_hash=hashed)

    async def by_password(self, email: str, password: str, org_id: str = "") -> list[Entered]:
        """Whom a password lets in: somebody may be a user of several organizations.

        With `org_id` of that one alone. Raises Unauthorized, which takes as long where nobody has that
        address, and TooOften.
        """
        wanted = usual_email(email)
        found = [org_id] if org_id else await self._users.organizations_of_email(email_hash(wanted))
        entered = []
        for one in found:
            user = await self._right(one, wanted, password)
            organization = None if user is None else await self._organizations.organization(one)
            if organization is not None:
                entered.append(Entered(organization, user))
        if not found:
            await self._passwords.fits(password, None)
        if not entered:
            raise Unauthorized
        return entered

    async def _right(self, org_id: str, email: str, password: str) -> User | None:
        known = await self._users.user_of_email(org_id, email)
        user, hashed = known or (None, None)
        fits = await self._passwords.fits(password, hashed)
        return user if fits and user is not None and user.disabled_at is None else None

    async def begin(self, row: SignInRow, org_id: str) -> None:
        """Keep a sign-in."""
        await self._users.begin(org_id, row)

    async def known(self, org_id: str, token: str, now: int) -> Known:
        """Who is signed in by a token. Raises Unauthorized."""
        hashed = token_hash(token)
        known = self._memory.get((org_id, hashed), now)
        if known is not None:
            return known
        kept = await self._users.sign_in(org_id, hashed)
        if kept is None or not 0 <= now - kept.since < SESSION_MS:
            raise Unauthorized
        organization, rights = await self._organizations.organization(org_id), _rights(kept, now)
        if organization is None or not rights:
            raise Unauthorized
        if now - kept.seen_at >= _SEEN_MS:
            with suppress(
                StoreUnavailable
            ):  # who reads is not kept from it by what cannot be written
                await self._users.seen(org_id, hashed, now)
        entered = Entered(organization, kept.user, kept.key.key_hash if kept.key else None)
        known = Known(entered, hashed, rights, kept.proved_at)
        return self._memory.keep((org_id, hashed), known, now)

    async def prove(self, known: Known, shown: str, now: int) -> None:
        """Take the password or key of whoever is signed in once more. Raises Unauthorized."""
        entered, org_id = known.entered, known.entered.organization.org_id
        if entered.user is not None:
            kept = await self._users.password_of_user(org_id, entered.user.user_id)
            if not await self._passwords.fits(shown, kept):
                raise Unauthorized
        elif (await self.by_key(shown, now)).key_hash != entered.key_hash:
            raise Unauthorized
        await self._users.proved(org_id, known.token_hash, now)
        self.forget()

    async def end(self, known: Known) -> None:
        """Sign somebody out, wherever their cookie was copied to."""
        await self._users.end(known.entered.organization.org_id, known.token_hash)
        self.forget()

    def forget(self) -> None:
        """Look everybody up again: something about an organization was changed."""
        self._memory.clear()


def _rights(kept: OpenSignIn, now: int) -> frozenset[Right]:
    """What a sign-in allows: nothing where its user is disabled or gone, or its key ended."""
    if kept.user is not None:
        return rights_of_user(kept.user.role, kept.user.disabled_at)
    return kept.key.rights(now) if kept.key is not None else frozenset()
