"""What is written of users and their sign-ins in a change of their organization."""

from collections.abc import Sequence

from rollbook.domain.rights import UserRole
from rollbook.domain.users import User, email_hash
from rollbook.store.organization_rows import to_user
from rollbook.store.organization_writes import OrganizationWrites


class DatabaseUserChange(OrganizationWrites):
    """Writes to the users of one organization in a transaction (user_ports.UserChange)."""

    async def users(self) -> list[User]:
        return [to_user(row) for row in await self._connection.fetch("users", self._values())]

    async def add_user(self, user: User, invited_hash: str) -> None:
        await self._write("own_email", email_hash=email_hash(user.email))
        await self._write(
            "add_user",
            user_id=user.user_id,
            name=user.name,
            email=user.email,
            role=user.role.value,
            created_at=user.created_at,
            invited_hash=invited_hash,
            invited_until=user.invited_until,
        )

    async def set_user_role(self, user_id: str, role: UserRole) -> None:
        await self._write("set_user_role", user_id=user_id, role=role.value)

    async def participants_of(self, user_id: str) -> Sequence[str]:
        values = self._values(user_id=user_id)
        return [row[0] for row in await self._connection.fetch("participants_of_user", values)]

    async def set_participants(self, user_id: str, participants: Sequence[str]) -> None:
        await self._write("remove_participants_of_user", user_id=user_id)
        for one in participants:
            await self._write("add_participant_of_user", user_id=user_id, participant_id=one)

    async def set_user_disabled(self, user_id: str, disabled_at: int | None) -> None:
        await self._write("set_user_disabled", user_id=user_id, disabled_at=disabled_at)

    async def set_user_invitation(
        self, user_id: str, invited_hash: str | None = None, until: int | None = None
    ) -> None:
        values = {"invited_hash": invited_hash, "invited_until": until}
        await self._write("set_user_invitation", user_id=user_id, **values)

    async def invited_user(self, invited_hash: str, now: int) -> User | None:
        values = self._values(invited_hash=invited_hash, now=now)
        rows = await self._connection.fetch("user_invited", values)
        return to_user(rows[0]) if rows else None

    async def set_user_password(self, user_id: str, password_hash: str) -> None:
        await self._write("set_user_password", user_id=user_id, password_hash=password_hash)

    async def delete_user(self, user: User) -> None:
        await self._write("disown_email", email_hash=email_hash(user.email))
        await self._write("delete_user", user_id=user.user_id)

    async def end_sign_in(self, user_id: str, token_hash: str) -> int:
        return await self._write("end_sign_in_of_user", user_id=user_id, token_hash=token_hash)

    async def end_sign_ins(
        self, *, user_id: str | None = None, key_hash: str | None = None, but: str = ""
    ) -> int:
        ended = 0
        if user_id is not None:
            ended += await self._write("end_sign_ins_of_user", user_id=user_id, but=but)
        if key_hash is not None:
            ended += await self._write("end_sign_ins_of_key", key_hash=key_hash, but=but)
        return ended
