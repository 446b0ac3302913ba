"""What every part of a change of an organization writes with."""

from rollbook.store.engine.database import Writing


class OrganizationWrites:
    """Writes to one organization in a transaction."""

    def __init__(self, connection: Writing, org_id: str) -> None:
        self._connection = connection
        self._org_id = org_id

    def _values(self, **values: object) -> dict[str, object]:
        return {"org_id": self._org_id, **values}

    async def _write(self, statement: str, **values: object) -> int:
        return await self._connection.execute(statement, self._values(**values))
