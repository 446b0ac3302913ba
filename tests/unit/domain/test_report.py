"""Groups, totals and pages, collected from sessions that come newest first in batches."""

import pytest

from rollbook.domain.credits import CreditRule
from rollbook.domain.report import (
    Page,
    RoomGroups,
    RoomSessions,
    StoredSession,
    Totals,
    by_time_spent,
    seconds_between,
    session_line,
)

RULE = CreditRule()
NOW = 10_000_000


def stay(room: str, joined_at: int, left_at: int | None) -> StoredSession:
    return (room, f"{room}'s title", joined_at, left_at, None, "Jane", "STUDENT")


@pytest.mark.parametrize(
    ("joined_at", "left_at", "seconds"),
    [(0, 0, 0), (0, 999, 0), (0, 1000, 1), (0, 1999, 1), (5000, 0, 0), (-1500, 0, 1)],
)
def test_a_duration_is_whole_seconds_and_never_negative(
    joined_at: int, left_at: int, seconds: int
) -> None:
    assert seconds_between(joined_at, left_at) == seconds


def test_a_running_session_counts_up_to_now() -> None:
    line = session_line(NOW - 61_000, None, "192.0.2.1", RULE, NOW)
    assert (line.left_at, line.seconds, line.credits) == (None, 61, 2)


def test_a_running_session_that_begins_in_the_future_has_lasted_no_time() -> None:
    assert session_line(NOW + 5000, None, None, RULE, NOW).seconds == 0


def test_totals_are_sums_of_rows_and_not_rounded_again() -> None:
    groups = RoomGroups(RULE, NOW)
    groups.add([stay("a", 2000, 3000), stay("b", 1000, 2000), stay("a", 0, 1000)])
    assert groups.totals() == Totals(sessions=3, seconds=3, credits=3)


@pytest.mark.parametrize(
    ("sessions", "seconds", "average"), [(0, 0, 0), (2, 3, 2), (3, 4, 1), (3, 5, 2), (1, 7, 7)]
)
def test_an_average_is_rounded_half_up(sessions: int, seconds: int, average: int) -> None:
    assert Totals(sessions, seconds).average_seconds == average


@pytest.mark.parametrize(
    ("sessions", "seconds", "minutes"), [(0, 0, 0), (2, 59, 0), (2, 60, 1), (1, 89, 1), (1, 90, 2)]
)
def test_an_average_in_minutes_is_rounded_once(sessions: int, seconds: int, minutes: int) -> None:
    assert Totals(sessions, seconds).average_minutes == minutes


def test_rooms_are_in_order_of_their_latest_join_and_then_of_their_id() -> None:
    groups = RoomGroups(RULE, NOW)
    groups.add([stay("b", 9, 10), stay("a", 9, 10), stay("c", 5, 6), stay("b", 1, 2)])
    assert [group.room_id for group in groups.by_latest_join()] == ["a", "b", "c"]


def test_rooms_can_be_in_order_of_time_spent_and_then_of_their_id() -> None:
    groups = RoomGroups(RULE, NOW)
    groups.add([stay("b", 9000, 10_000), stay("a", 8000, 9000), stay("c", 0, 7000)])
    assert [group.room_id for group in by_time_spent(groups.by_latest_join())] == ["c", "a", "b"]


def test_a_group_shows_ten_sessions_and_counts_all_however_they_come() -> None:
    groups = RoomGroups(RULE, NOW)
    newest_first = [stay("a", n * 1000, n * 1000 + 1000) for n in range(24, -1, -1)]
    groups.add(newest_first[:7])
    groups.add(newest_first[7:])
    (group,) = groups.by_latest_join()
    assert [line.joined_at for line in group.newest] == [n * 1000 for n in range(24, 14, -1)]
    assert (group.totals.sessions, group.latest_join) == (25, 24_000)


@pytest.mark.parametrize(("page", "shown"), [(1, [6, 5, 4]), (2, [3, 2, 1]), (3, [0]), (4, [])])
def test_a_page_of_a_room_is_cut_across_batches_and_its_totals_are_not(
    page: int, shown: list[int]
) -> None:
    sessions = RoomSessions(RULE, NOW, page, 3)
    for n in range(6, -1, -1):
        sessions.add([stay("a", n, n + 1000)])
    assert [line.joined_at for line in sessions.shown] == shown
    assert (sessions.totals.sessions, sessions.title) == (7, "a's title")


@pytest.mark.parametrize(
    ("number", "total", "more"),
    [(1, 0, False), (1, 10, False), (1, 11, True), (2, 11, False), (2, 20, False), (9, 1, False)],
)
def test_there_is_more_while_another_page_exists(number: int, total: int, more: bool) -> None:
    assert Page(number, 10, total).has_more is more
