"""Which rooms a user teaches: what a teacher may see, and nothing else."""

from rollbook.service.memory import Memory
from rollbook.service.organizations.user_ports import Users


class OwnRooms:
    """The rooms of teachers, remembered for two seconds, as sign-ins are."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._memory: Memory[tuple[str, str], frozenset[str]] = Memory()

    async def of(self, org_id: str, user_id: str, now: int) -> frozenset[str]:
        """The ids of the rooms in which the ledger saw a user who teaches."""
        known = self._memory.get((org_id, user_id), now)
        if known is not None:
            return known
        found = await self._users.rooms_taught_by(org_id, user_id)
        ids = frozenset(one.room_id for one in found)
        return self._memory.keep((org_id, user_id), ids, now)

    def forget(self) -> None:
        """Look everybody up again: who somebody is was changed."""
        self._memory.clear()
