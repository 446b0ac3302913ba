"""Deleting organizations and sources, in parts that hold nobody up."""

import json

from rollbook.domain.users import email_hash
from rollbook.service.upkeep.ports import Counted
from rollbook.store.engine.database import PATIENT_SECONDS, Database, Values, Writing
from rollbook.store.events import keys_of
from rollbook.store.organization_rows import to_user

OF_ORGANIZATIONS = (
    "event", "session", "context", "participant", "room", "imported_person", "imported_title",
    "room_end", "room_start", "sighting", "roster", "rejection", "intake", "erased", "file_import",
    "source_health", "source_quarter", "kept_class", "excuse", "attendance_rule", "schedule", "look", "term", "retention", "organization_limit", "allowance", "erasure", "audit",
    "shared_link", "sign_in", "user_participant", "user_identity", "identity_provider", "user_account", "organization_key", "source",
)  # fmt: skip
"""The tables whose rows are an organization's: a test reads the schema beside this."""

OF_SOURCES = (
    "event", "room_end", "room_start", "sighting", "rejection", "source_health", "source_quarter", "look", "file_import",
)  # fmt: skip
"""Those with rows of a source, but for its sessions: as above."""


class DatabaseDeletions:
    """Deletes what is an organization's or a source's (ports.Deletions)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_organization(self, org_id: str) -> Counted:
        return await self._counted("count_of_organization", {"org_id": org_id})

    async def of_source(self, org_id: str, source_id: str) -> Counted:
        values = {"org_id": org_id, "source_id": source_id}
        return await self._counted("count_of_source", values)

    async def close_organization(self, org_id: str, now: int) -> None:
        values = {"org_id": org_id, "now": now}
        async with self._database.writing() as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            await connection.execute("close_keys", values)
            await connection.execute("close_sources", values)
            for key_hash, *_ in await connection.fetch("keys", {"org_id": org_id}):
                owner = await connection.fetch("owner_of_key", {"key_hash": key_hash})
                if [row[0] for row in owner] == [org_id]:
                    await connection.execute("disown_key", {"key_hash": key_hash})
            for user in await connection.fetch("users", {"org_id": org_id}):
                email = {"email_hash": email_hash(to_user(user).email), "org_id": org_id}
                await connection.execute("disown_email", email)
            await connection.execute("close_users", values)

    async def delete_from_organization(self, org_id: str, most: int) -> bool:
        values = {"org_id": org_id, "most": most}
        for table in OF_ORGANIZATIONS:
            if await self._delete(f"delete_from_{table}", org_id, values):
                return True
        await self._delete("delete_organization", org_id, values)
        return False

    async def delete_sessions_of_source(
        self, org_id: str, source_id: str, after: str, most: int
    ) -> str | None:
        values = {"org_id": org_id, "source_id": source_id, "session_id": after, "most": most}
        async with self._database.writing(PATIENT_SECONDS) as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            ids = [row[0] for row in await connection.fetch("sessions_after", values)]
            if not ids:
                return None
            org = {"org_id": org_id}
            await connection.execute(
                "delete_events_about", org | {"keys": json.dumps(keys_of(ids))}
            )
            await connection.execute("delete_sessions", org | {"session_ids": json.dumps(ids)})
        return str(ids[-1])

    async def delete_from_source(self, org_id: str, source_id: str, most: int) -> bool:
        values = {"org_id": org_id, "source_id": source_id, "most": most}
        if await self._forget_imported(org_id, source_id, most):
            return True
        for table in OF_SOURCES:
            if await self._delete(f"delete_source_from_{table}", org_id, values):
                return True
        await self._delete("delete_source", org_id, values)
        return False

    async def delete_people_of_nothing(self, org_id: str, after: str, most: int) -> str | None:
        values = {"org_id": org_id, "after": after, "most": most}
        async with self._database.writing(PATIENT_SECONDS) as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            ids = [row[0] for row in await connection.fetch("people_after", values)]
            asked = {"org_id": org_id, "ids": json.dumps(ids)}
            await connection.execute("delete_people_of_nothing", asked)
        return str(ids[-1]) if len(ids) == most else None

    async def _forget_imported(self, org_id: str, source_id: str, most: int) -> bool:
        """Some of what files of a source told of people and rooms; whether there was any."""
        source = {"org_id": org_id, "source_id": source_id}
        async with self._database.writing(PATIENT_SECONDS) as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            for (import_id,) in await connection.fetch("imports_of_source", source):
                for kind, statement in _TOLD_BY_IMPORTS:
                    own: Values = {"org_id": org_id, "import_id": import_id, "most": most}
                    keys = [row[0] for row in await connection.fetch(statement, own)]
                    await _take_back(connection, kind, own, keys)
                    if keys:
                        return True
        return False

    async def _delete(self, statement: str, org_id: str, values: Values) -> int:
        async with self._database.writing(PATIENT_SECONDS) as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            return await connection.execute(statement, values)

    async def _counted(self, statement: str, values: Values) -> Counted:
        async with self._database.snapshot() as connection:
            ((sessions, events),) = await connection.fetch(statement, values)
        return Counted(sessions, events)


_TOLD_BY_IMPORTS = (("person", "imported_after"), ("title", "imported_titles_after"))


async def _take_back(connection: Writing, kind: str, own: Values, keys: list[str]) -> None:
    rows = [{"org_id": own["org_id"], "import_id": own["import_id"], "key": one} for one in keys]
    await connection.execute_many(f"forget_imported_{kind}", rows)
    sums = [{"org_id": own["org_id"], "key": one} for one in keys]
    await connection.execute_many(f"sum_up_imported_{kind}", sums)
