"""Erasing people in a database."""

import secrets
from itertools import chain

from rollbook.domain.erasing import KEY_BYTES, Pseudonyms
from rollbook.domain.fields import END_OF_TIME
from rollbook.domain.presences import Presence
from rollbook.service.ingest.ports import KeptEvent
from rollbook.store.events import to_event
from rollbook.store.ingest.transaction import Transaction
from rollbook.store.personal import TAKEN_OUT


class PersonTransaction(Transaction):
    """The ledger for erasing people (ports.ErasingTransaction)."""

    async def known_pseudonyms(self) -> Pseudonyms:
        if self.pseudonyms is None:
            key = secrets.token_bytes(KEY_BYTES)
            values = {"org_id": self._org_id, "erasure_key": key}
            await self._connection.execute("set_erasure_key", values)
            self.pseudonyms = Pseudonyms(key)
        return self.pseudonyms

    async def names(self, uid: str) -> list[str]:
        rows = await self._connection.fetch("names_of_person", self._whose(uid))
        return [name for (name,) in rows]

    async def identities(self, uid: str) -> list[str]:
        rows = await self._connection.fetch("identities_of_person", self._whose(uid))
        return [identity for (identity,) in rows]

    async def rename_person(self, uid: str, pseudonym: str) -> None:
        values = self._whose(uid) | {"pseudonym": pseudonym}
        for statement in chain.from_iterable(TAKEN_OUT.values()):
            await self._connection.execute(statement, values)

    async def sessions_of(self, uid: str, most: int) -> list[Presence]:
        return await self._presences("some_sessions_of_person", self._whose(uid) | {"most": most})

    async def sessions_after(self, uid: str, session_id: str, most: int) -> list[Presence]:
        values = self._whose(uid) | {"session_id": session_id, "most": most}
        return await self._presences("sessions_of_person_after", values)

    async def looked_through(self) -> int | None:
        rows = await self._connection.fetch("looked_through", self._own)
        return rows[0][0] if rows else None

    async def events_after(self, since: int, most: int) -> tuple[list[KeptEvent], int | None]:
        span = self._own | {"since": since, "before": END_OF_TIME, "most": most}
        last = await self._connection.fetch("arrival_after", span)
        # What arrived in one moment stays together.
        until = last[0][0] + 1 if last else None
        values = self._own | {"since": since, "until": END_OF_TIME if until is None else until}
        rows = await self._connection.fetch("events_that_arrived", values)
        return [KeptEvent(row[1], to_event(row)) for row in rows], until

    async def note_looked_through(self, until: int) -> None:
        await self._connection.execute("note_looked_through", self._own | {"until": until})

    async def unfinished(self) -> list[str]:
        rows = await self._connection.fetch("unfinished_erased", self._own)
        return [pseudonym for (pseudonym,) in rows]

    async def finish(self) -> None:
        for statement in ("finish_names", "finish_erased", "finish_erasure"):
            await self._connection.execute(statement, self._own)

    @property
    def _own(self) -> dict[str, object]:
        return {"org_id": self._org_id}

    def _whose(self, uid: str) -> dict[str, object]:
        return self._own | {"uid": uid}
