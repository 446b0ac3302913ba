"""What is heard of sources lately, counted by quarters of an hour, on each database."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest

from rollbook.domain.events import Joined, Participant, Room
from rollbook.domain.organizations import Organization
from rollbook.domain.silence import KEPT_MS, QUARTER_MS
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.ingest.record import Arrival, Rejection, record
from rollbook.service.organizations.hearing import Hearing, hearing
from rollbook.service.organizations.keys import create_organization
from rollbook.service.organizations.sources import ensure_source, set_disabled, source_states
from rollbook.service.platforms import Delivery
from rollbook.stores import Stores

UTC = ZoneInfo("UTC")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = 1_780_000_800_000
"""10 minutes within a quarter of an hour."""


@pytest.fixture
async def source(stores: Stores, organization: Organization) -> Source:
    return await made(stores, organization)


async def made(stores: Stores, organization: Organization) -> Source:
    return await ensure_source(
        stores.organizations, organization.org_id, OwnKind.EVENTS, None, NOW - 100 * DAY
    )


async def arrive(
    stores: Stores, source: Source, at: int, count: int = 1, *, counts_nothing: bool = False
) -> None:
    """New events of a source, each of its own id; the same call again brings them again."""
    deliveries = [
        Delivery(
            f"{at}-{number}",
            "participant.joined",
            at - 250,
            ()
            if counts_nothing
            else (Joined(f"{at}-{number}", Room("math-101"), Participant("ann", "Ann"), at - 250),),
            "{}",
        )
        for number in range(count)
    ]
    await record(stores.ledger, [Arrival(source, deliveries, at)])


async def refuse(stores: Stores, source: Source, at: int, count: int = 1) -> None:
    await record(stores.ledger, [], [Rejection(source, "no", at)] * count)


async def heard(stores: Stores, source: Source, now: int = NOW) -> Hearing:
    states = await source_states(stores.organizations, source.org_id)
    state = next(one for one in states if one.source.source_id == source.source_id)
    return await hearing(stores.organizations, state, UTC, now)


def lately(told: Hearing) -> Sequence[tuple[int, int]]:
    return [(one.accepted, one.rejected) for one in told.lately]


async def test_counts_of_the_last_hour_day_and_week(stores: Stores, source: Source) -> None:
    assert lately(await heard(stores, source)) == [(0, 0)] * 3
    for gone, count in ((5 * MINUTE, 1), (2 * HOUR, 2), (3 * DAY, 4), (8 * DAY, 8)):
        await arrive(stores, source, NOW - gone, count)
        await refuse(stores, source, NOW - gone, 10 * count)
    told = await heard(stores, source)
    assert lately(told) == [(1, 10), (3, 30), (7, 70)]
    assert all(one.since % QUARTER_MS == 0 for one in told.lately)
    assert [NOW - one.since for one in told.lately] == [
        whole + 10 * MINUTE for whole in (HOUR, DAY, 7 * DAY)
    ]


async def test_they_begin_with_a_quarter_of_an_hour(stores: Stores, source: Source) -> None:
    begin = (NOW - HOUR) // QUARTER_MS * QUARTER_MS
    await arrive(stores, source, begin)
    await arrive(stores, source, begin - 1)
    assert lately(await heard(stores, source))[:2] == [(1, 0), (2, 0)]


async def test_what_was_known_or_means_nothing_is_heard_and_not_accepted(
    stores: Stores, source: Source
) -> None:
    for week in range(1, 3):
        for _ in range(3):
            await arrive(stores, source, NOW - week * 7 * DAY - HOUR, 2)
        await arrive(stores, source, NOW - week * 7 * DAY - HOUR + 1, 3, counts_nothing=True)
    await arrive(stores, source, NOW - 3 * HOUR)
    told = (await heard(stores, source)).silence
    assert told is not None
    assert told.usual == 3 * 2 + 3


async def test_silence_is_told_against_the_same_hours_of_weeks_before(
    stores: Stores, source: Source
) -> None:
    for week, count in ((1, 40), (2, 0), (3, 44), (4, 41)):
        await arrive(stores, source, NOW - week * 7 * DAY - 2 * HOUR, count)
        await arrive(stores, source, NOW - week * 7 * DAY - 6 * HOUR, 500)  # before the silence
        await arrive(stores, source, NOW - week * 7 * DAY, 500)  # in a quarter that is not over
        await refuse(stores, source, NOW - week * 7 * DAY - 2 * HOUR, 900)
    await arrive(stores, source, NOW - 3 * HOUR)
    told = (await heard(stores, source)).silence
    assert told is not None
    assert (told.since, told.usual, told.weeks) == (NOW - 3 * HOUR, 40, 4)
    assert told.unusual
    await arrive(stores, source, NOW - 1)
    assert (await heard(stores, source)).silence is None


async def test_a_refusal_breaks_no_silence(stores: Stores, source: Source) -> None:
    await arrive(stores, source, NOW - 3 * HOUR)
    await refuse(stores, source, NOW - MINUTE)
    told = (await heard(stores, source)).silence
    assert told is not None
    assert told.since == NOW - 3 * HOUR


async def test_a_source_that_is_paused_or_new_is_not_silent(stores: Stores, source: Source) -> None:
    await refuse(stores, source, NOW - HOUR)
    assert (await heard(stores, source)).silence is None
    await arrive(stores, source, NOW - 3 * HOUR)
    told = (await heard(stores, source)).silence
    assert told is not None
    assert (told.usual, told.weeks, told.unusual) == (None, 0, False)
    await set_disabled(stores.organizations, source, NOW)
    assert (await heard(stores, source)).silence is None


async def test_other_sources_and_organizations_are_not_heard(
    stores: Stores, source: Source, organization: Organization
) -> None:
    other, _ = await create_organization(stores.organizations, "Hillside", "UTC", NOW)
    corrections = await ensure_source(
        stores.organizations, organization.org_id, OwnKind.CORRECTIONS, None, NOW
    )
    others = await made(stores, other)
    for one, count in ((source, 1), (corrections, 2), (others, 4)):
        await arrive(stores, one, NOW - MINUTE, count)
        await refuse(stores, one, NOW - MINUTE, count)
    for one, count in ((source, 1), (corrections, 2), (others, 4)):
        assert lately(await heard(stores, one)) == [(count, count)] * 3
        found = await stores.organizations.latest_events(one.org_id, one.source_id, 0, 50)
        assert len(found) == count


async def test_the_latest_events_come_first_with_what_they_mean(
    stores: Stores, source: Source
) -> None:
    for gone in (5, 4, 3, 2, 1):
        await arrive(stores, source, NOW - gone * MINUTE)
    org = stores.organizations
    found = await org.latest_events(source.org_id, source.source_id, NOW - 4 * MINUTE, 3)
    assert [NOW - one.received_at for one in found] == [MINUTE, 2 * MINUTE, 3 * MINUTE]
    (fact,) = found[0].facts
    assert isinstance(fact, Joined)
    assert (found[0].event_type, found[0].occurred_at) == ("participant.joined", NOW - MINUTE - 250)
    assert fact.participant.uid == "ann"
    assert len(await org.latest_events(source.org_id, source.source_id, NOW - 4 * MINUTE, 9)) == 4


async def test_what_the_ledger_made_itself_is_nothing_that_arrived(
    stores: Stores, source: Source
) -> None:
    own = Delivery("rollbook.timed_out:1", "rollbook.timed_out", NOW, (), "{}")
    await record(stores.ledger, [Arrival(source, [own], NOW, delivered=False)])
    assert await stores.organizations.latest_events(source.org_id, source.source_id, 0, 9) == []
    assert lately(await heard(stores, source)) == [(0, 0)] * 3


async def test_old_counts_are_forgotten_and_those_that_are_needed_are_not(
    stores: Stores, source: Source
) -> None:
    await arrive(stores, source, NOW - KEPT_MS - QUARTER_MS)
    await arrive(stores, source, NOW - 5 * 7 * DAY)
    await stores.upkeep.forget_quarters(source.org_id, source.source_id, NOW - KEPT_MS)
    spans = [(0, NOW)] * 4
    found = await stores.organizations.heard(source.org_id, source.source_id, [0, 0, 0], spans)
    assert found.lately[0].accepted == 1
    assert found.in_spans == [1] * 4
