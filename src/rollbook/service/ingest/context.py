"""Taking in what an application tells of a person when it lets them into a room."""

from dataclasses import replace

from rollbook.domain.context import Context
from rollbook.domain.events import Participant
from rollbook.domain.retention import address_kept
from rollbook.service.ingest.erased import erased_of
from rollbook.service.ingest.fold import fold_context
from rollbook.service.ingest.notes import person_note
from rollbook.service.ingest.ports import Ledger, LedgerTransaction


async def tell_context(
    ledger: Ledger, org_id: str, context: Context, participant: Participant
) -> None:
    """Keep what was told of a person in a room; durable when this returns.

    It reaches the session that is open, or the one that follows within a day. What the platform
    itself tells of an address or user agent stays. Of who was erased, nothing is kept. Raises
    StoreUnavailable.
    """
    async with ledger.transaction(org_id) as transaction:
        if await _was_erased(transaction, participant.uid):
            return
        await transaction.note_people([person_note(participant, context.told_at)])
        address = address_kept(context.ip_address, transaction.addresses)
        await fold_context(transaction, replace(context, ip_address=address))


async def _was_erased(transaction: LedgerTransaction, uid: str) -> bool:
    if transaction.pseudonyms is None:
        return False
    return (await erased_of(transaction, [uid])).has(uid)
