"""Who is erased is gone from all that is kept, stays gone, and nobody's credits change by it."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ingest.book import Book, opened_book, plain_rows
from ingest.returning import returning
from ingest.streams import MINUTE, NOON, PEOPLE, Step, cases, streams, tellings
from support.organizations import add_organization
from support.erasing import everything_in, looked_through

from rollbook.domain.context import Context
from rollbook.domain.errors import Conflict
from rollbook.domain.events import Joined, JoinEvidence, Left, Participant, Role, Room
from rollbook.domain.ids import new_org_id
from rollbook.domain.organizations import Organization
from rollbook.domain.presences import Presence
from rollbook.domain.sessions import Rules
from rollbook.service.corrections import Correction
from rollbook.service.ingest.record import Arrival, Outcome, record
from rollbook.service.organizations.settings import set_session_timeout
from rollbook.service.platforms import Delivery
from rollbook.service.upkeep.erasing import Erasing, erase
from rollbook.service.upkeep.rebuild import RebuildRules, verify
from rollbook.stores import Stores

_EVERY = settings(
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
RETURNING = Rules(comes_again=True, lasts=6 * MINUTE)
_RULES = st.sampled_from((RETURNING, Rules(once=True), Rules()))


def erasing(stores: Stores) -> Erasing:
    return Erasing(stores.ledger, stores.organizations, {})


async def erased(book: Book, uid: str) -> str:
    """Erase somebody as a service does whose source behaves like the book's."""
    from types import SimpleNamespace  # noqa: PLC0415

    kinds = {book.source.kind: SimpleNamespace(presences=book.rules)}
    work = Erasing(book.stores.ledger, book.stores.organizations, kinds)  # type: ignore[arg-type]
    pseudonym = await erase(work, book.source.org_id, uid, NOON)
    await looked_through(work, book.source.org_id)
    return pseudonym


@pytest.mark.parametrize("engine", ["sqlite"])
@settings(_EVERY, max_examples=100)
@given(data=st.data(), rules=_RULES)
async def test_sqlite_keeps_all_credits_whenever_somebody_is_erased(
    stores: Stores, data: st.DataObject, rules: Rules
) -> None:
    await _erased_anywhere(stores, data, rules)


@pytest.mark.parametrize("engine", ["postgres"])
@settings(_EVERY, max_examples=40)
@given(data=st.data(), rules=_RULES)
async def test_postgres_keeps_all_credits_whenever_somebody_is_erased(
    stores: Stores, data: st.DataObject, rules: Rules
) -> None:
    await _erased_anywhere(stores, data, rules)


async def _erased_anywhere(stores: Stores, data: st.DataObject, rules: Rules) -> None:
    if rules.comes_again:
        events, contexts = data.draw(returning().filter(bool)), ()
    else:
        case = data.draw(cases())
        events, contexts = case.events, case.contexts
    both = tellings(events, contexts)
    uid = data.draw(st.sampled_from(PEOPLE))
    steps = data.draw(both) if events else ()
    never = await opened_book(stores, rules=rules)
    book = await _beside(never)
    await never.told_steps(steps)
    where = data.draw(st.integers(0, len(steps)))
    await book.told_steps(steps[:where])
    pseudonym = await erased(book, uid)
    await book.told_steps(steps[where:])
    for again in data.draw(st.lists(st.sampled_from(steps), max_size=3)) if steps else ():
        await book.told_steps([again])
    assert _counted(await book.sessions(), {}) == _counted(await never.sessions(), {uid: pseudonym})
    async for part in verify(stores.evidence, book.source, RebuildRules(book.rules)):
        assert part.differences == []
    people = {row[0] for row in await book.rows("SELECT participant_id FROM participant")}
    assert uid not in people
    assert f'"{uid}"' not in str(await everything_in(stores, book.source.org_id))


async def _beside(book: Book) -> Book:
    """Another organization with a source of the same id, so that its sessions have the same ids."""
    organization = Organization(new_org_id(), "Lakeside")
    source = replace(book.source, org_id=organization.org_id)
    await add_organization(book.stores, organization, source)
    if book.rules.lasts is not None:
        hours = book.rules.lasts / 3_600_000
        await set_session_timeout(book.stores.organizations, organization.org_id, hours)
    return replace(book, source=source)


def _counted(sessions: dict[str, Presence], names: dict[str, str]) -> list[tuple[object, ...]]:
    """What reports count of sessions, under the names that people have by now."""
    return sorted(
        (
            one.presence_id,
            one.room_id,
            names.get(one.participant_id or "", one.participant_id) or "",
            one.joined_at or 0,
            one.joined_by,
            one.left_at or 0,
            one.left_by or 0,
            str(one.correction),
        )
        for one in sessions.values()
    )
