"""Users of organizations, and who is signed in, in a database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rollbook.domain.users import User
from rollbook.service.organizations.user_ports import OpenSignIn, OwnRoom, SeenSignIn, SignInRow
from rollbook.store.engine.database import Database, Row, Values
from rollbook.store.organization_rows import to_key, to_user

_MOST_ORGANIZATIONS = 8
"""In which somebody is looked for by an e-mail address: each costs the look at a password."""

_MOST_STAYS, _MOST_ROOMS = 20_000, 2_000
"""Sessions of a person, the latest, that are looked at for the rooms they teach; and such rooms."""

_OF_KEY = 7
"""Columns of a key in a sign-in."""


class DatabaseUsers:
    """Users and sign-ins (user_ports.Users)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def users(self, org_id: str) -> list[User]:
        return [to_user(row) for row in await self._read("users", {"org_id": org_id})]

    async def participants(self, org_id: str) -> Mapping[str, Sequence[str]]:
        found = defaultdict(list)
        for user_id, participant_id in await self._read(
            "participants_of_users", {"org_id": org_id}
        ):
            found[user_id].append(participant_id)
        return found

    async def rooms_taught_by(self, org_id: str, user_id: str) -> Sequence[OwnRoom]:
        found: dict[str, OwnRoom] = {}
        whose = {"org_id": org_id, "user_id": user_id}
        for (participant_id,) in await self._read("participants_of_user", whose):
            values = {"org_id": org_id, "participant_id": participant_id}
            limits = {"most": _MOST_STAYS, "most_rooms": _MOST_ROOMS}
            for room in [
                OwnRoom(*row) for row in await self._read("rooms_taught_by", values | limits)
            ]:
                before = found.get(room.room_id, room)
                found[room.room_id] = max(before, room, key=lambda one: one.last_there)
        return sorted(found.values(), key=lambda one: (-one.last_there, one.room_id))[:_MOST_ROOMS]

    async def organizations_of_email(self, email_hash: str) -> Sequence[str]:
        values = {"email_hash": email_hash, "most": _MOST_ORGANIZATIONS}
        return [row[0] for row in await self._read("organizations_of_email", values)]

    async def user_of_email(self, org_id: str, email: str) -> tuple[User, str | None] | None:
        rows = await self._read("user_of_email", {"org_id": org_id, "email": email})
        return (to_user(rows[0][:-1]), rows[0][-1]) if rows else None

    async def password_of_user(self, org_id: str, user_id: str) -> str | None:
        rows = await self._read("password_of_user", {"org_id": org_id, "user_id": user_id})
        return rows[0][0] if rows else None

    async def invited(self, org_id: str, invited_hash: str, now: int) -> User | None:
        values = {"org_id": org_id, "invited_hash": invited_hash, "now": now}
        rows = await self._read("user_invited", values)
        return to_user(rows[0]) if rows else None

    async def begin(self, org_id: str, row: SignInRow) -> None:
        values = asdict(row)
        values["proved_at"] = row.since if values.pop("proved") else 0
        values["ip_address"], values["user_agent"] = values.pop("address"), values.pop("agent")
        async with self._database.writing() as connection:
            await connection.execute("add_sign_in", {"org_id": org_id, **values})
            if row.user_id is not None:
                signed_in = {"org_id": org_id, "user_id": row.user_id, "signed_in_at": row.since}
                await connection.execute("note_user_signed_in", signed_in)

    async def sign_in(self, org_id: str, token_hash: str) -> OpenSignIn | None:
        rows = await self._read("sign_in", {"org_id": org_id, "token_hash": token_hash})
        return _to_sign_in(rows[0]) if rows else None

    async def seen(self, org_id: str, token_hash: str, now: int) -> None:
        await self._write("note_seen", org_id, token_hash=token_hash, seen_at=now)

    async def proved(self, org_id: str, token_hash: str, now: int) -> None:
        await self._write("note_proved", org_id, token_hash=token_hash, proved_at=now)

    async def end(self, org_id: str, token_hash: str) -> None:
        await self._write("end_sign_in", org_id, token_hash=token_hash)

    async def sign_ins_of(self, org_id: str, user_id: str) -> Sequence[SeenSignIn]:
        rows = await self._read("sign_ins_of_user", {"org_id": org_id, "user_id": user_id})
        return [SeenSignIn(*row) for row in rows]

    async def sign_ins_by_user(self, org_id: str, after: int) -> Mapping[str, int]:
        rows = await self._read("sign_ins_by_user", {"org_id": org_id, "after": after})
        return {row[0]: row[1] for row in rows}

    async def forget_sign_ins(self, org_id: str, before: int) -> int:
        # Hardly ever is there one, and who only looks holds nobody up.
        if not await self._read("sign_in_to_end", {"org_id": org_id, "before": before}):
            return 0
        return await self._write("end_sign_ins_of_before", org_id, before=before)

    async def note_key_used(self, org_id: str, key_hash: str, now: int) -> None:
        await self._write("note_key_used", org_id, key_hash=key_hash, used_at=now)

    async def _read(self, statement: str, values: Values) -> list[Row]:
        async with self._database.reading() as connection:
            return list(await connection.fetch(statement, values))

    async def _write(self, statement: str, org_id: str, **values: object) -> int:
        async with self._database.writing() as connection:
            return await connection.execute(statement, {"org_id": org_id, **values})


def _to_sign_in(row: Row) -> OpenSignIn:
    times, of_key, of_user = row[:3], row[3 : 3 + _OF_KEY], row[3 + _OF_KEY :]
    key = None if of_key[0] is None else to_key(of_key)
    since, seen_at, proved_at = times
    user = None if of_user[0] is None else to_user(of_user)
    return OpenSignIn(since, seen_at, proved_at, user, key)
