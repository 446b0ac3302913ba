"""All that is held about a person: in few numbers, and as one document that says all of it."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from rollbook.domain.errors import NotFound
from rollbook.domain.instants import to_text
from rollbook.domain.values import value

Entry = Mapping[str, object]
"""One thing that is held. Instants are ms UTC, and the names of their fields end in `At`."""


@value
class Summary:
    """How much is held about a person: rows by what they are. Instants in milliseconds UTC.

    `rooms_named_so`: ids of rooms, whose id or title has the person's id or name in it.
    """

    sessions: int
    rooms: int
    first_join: int | None
    last_join: int | None
    names: Sequence[str]
    identities: Sequence[str]
    contexts: int
    roster_entries: int
    imports: int
    rooms_named_so: Sequence[str]
    known: bool
    """Whether anything is held at all, were it only that somebody of this id was seen."""

    @property
    def is_anything(self) -> bool:
        return self.known or any((self.sessions, self.contexts, self.roster_entries, self.imports))


class Dossiers(Protocol):
    """Finds all that is held about a person."""

    async def summary(self, org_id: str, uid: str) -> Summary: ...

    def entries(
        self, org_id: str, uid: str, *, mentions: bool
    ) -> AsyncGenerator[tuple[str, Sequence[Entry]], None]:
        """All of it from one unchanging state, by kinds, one kind after another, in batches.

        With `mentions` also events that name the person and are about nobody's session of theirs:
        for these all events of the organization are read.
        """
        ...


async def summary_of(dossiers: Dossiers, org_id: str, uid: str) -> Summary:
    """How much is held about a person. Raises NotFound where that is nothing."""
    summary = await dossiers.summary(org_id, uid)
    if not summary.is_anything:
        raise NotFound("nothing is held about a participant of this uid")
    return summary


async def dossier(
    dossiers: Dossiers, org_id: str, uid: str, now: int, *, mentions: bool
) -> AsyncGenerator[str, None]:
    """All of it as JSON, in chunks, of as much memory as one batch takes. Raises NotFound."""
    await summary_of(dossiers, org_id, uid)
    yield f'{{"uid":{_text(uid)},"exportedAt":{_text(to_text(now))}'
    before, comma = None, ""
    async with aclosing(dossiers.entries(org_id, uid, mentions=mentions)) as parts:
        async for kind, entries in parts:
            if kind != before:
                yield f"{'' if before is None else ']'},{_text(kind)}:["
                comma = ""
            lines = ",".join(_text(_as_json(entry)) for entry in entries)
            if lines:
                yield comma + lines
                comma = ","
            before = kind
    yield "]}\n" if before else "}\n"


def _as_json(value: object, name: str = "") -> object:
    if isinstance(value, Mapping):
        return {key: _as_json(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_as_json(member) for member in value]
    return to_text(value) if name.endswith("At") and isinstance(value, int) else value


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
