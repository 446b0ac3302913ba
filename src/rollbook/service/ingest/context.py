"""Taking in what an application tells of a person when it lets them into a room."""

from rollbook.domain.context import Context
from rollbook.domain.events import Participant
from rollbook.service.ingest.fold import fold_context
from rollbook.service.ingest.notes import person_note
from rollbook.service.ingest.ports import Ledger


async def tell_context(
    ledger: Ledger, org_id: str, context: Context, participant: Participant
) -> None:
    """Keep what was told of a person in a room; durable when this returns.

    It reaches the session that is open, or the one that follows within a day. What the platform
    itself tells of an address or user agent stays. Raises StoreUnavailable.
    """
    async with ledger.transaction(org_id) as transaction:
        await transaction.note_people([person_note(participant, context.told_at)])
        await fold_context(transaction, context)
