"""Who was erased, as far as the database knows."""

import json
from collections.abc import Collection

from rollbook.domain.erasing import Pseudonyms
from rollbook.service.ingest.ports import Unfinished
from rollbook.store.engine.database import Reading

_AT_A_TIME = 5_000


def pseudonyms_of(key: bytes | None) -> Pseudonyms | None:
    """Those of an organization that has such a key; None where it has none yet."""
    return None if key is None else Pseudonyms(bytes(key))


async def fetch_erased(
    connection: Reading, org_id: str, pseudonyms: Collection[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Those of them that are of ids of who was erased, and of their names."""
    asked, ids, names = list(pseudonyms), set[str](), set[str]()
    for start in range(0, len(asked), _AT_A_TIME):
        part = asked[start : start + _AT_A_TIME]
        values = {"org_id": org_id, "pseudonyms": json.dumps(part)}
        for pseudonym, unfinished in await connection.fetch("erased_among", values):
            (names if unfinished == Unfinished.NAME else ids).add(pseudonym)
    return frozenset(ids), frozenset(names)
