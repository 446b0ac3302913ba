"""Who belongs to a room, from a day to a day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.rosters import Member, changed

DAYS = st.dates(date(2024, 1, 1), date(2024, 1, 20))
CHANGES = st.lists(
    st.tuples(DAYS, st.sets(st.sampled_from("abcd")).map(lambda uids: dict.fromkeys(sorted(uids)))),
    max_size=6,
)


def on(members: list[Member], day: date) -> set[str]:
    return {one.uid for one in members if one.on(day)}


@given(CHANGES)
def test_a_day_has_who_was_said_last_for_it(changes: list[tuple[date, dict[str, None]]]) -> None:
    members: list[Member] = []
    said: dict[date, set[str]] = {}
    every = [date(2024, 1, 1) + timedelta(days=n) for n in range(25)]
    for day, wanted in changes:
        members = changed(members, wanted, day)
        # From that day on, whatever was said for later.
        said.update({later: set(wanted) for later in every if later >= day})
    for day in every:
        assert on(members, day) == said.get(day, set())


@given(CHANGES)
def test_nobody_belongs_to_a_room_twice_at_a_time(
    changes: list[tuple[date, dict[str, None]]],
) -> None:
    members: list[Member] = []
    for day, wanted in changes:
        members = changed(members, wanted, day)
    keys = [(one.uid, one.first) for one in members]
    assert len(set(keys)) == len(keys)
    for number in range(25):
        day = date(2024, 1, 1) + timedelta(days=number)
        there = [one.uid for one in members if one.on(day)]
        assert len(set(there)) == len(there)


def test_a_name_that_is_told_anew_counts_and_none_changes_nothing() -> None:
    day = date(2024, 1, 10)
    jane = Member("jane", "Jane", date(2024, 1, 1))
    assert changed([jane], {"jane": "Jane Doe"}, day) == [
        Member("jane", "Jane Doe", date(2024, 1, 1))
    ]
    assert changed([jane], {"jane": None}, day) == [jane]
