from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_text
from rollbook.sources.files.local_times import Clock, DateOrder, local_time, order_of

START_OF_CENTURY = datetime.fromisoformat("2000-01-01")
SECONDS_OF_A_CENTURY = 100 * 365 * 24 * 60 * 60
PARIS = Clock(ZoneInfo("Europe/Paris"), "dmy")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("04/15/2020 03:42:15 PM", "2020-04-15T15:42:15"),
        ("4/15/20, 12:00:00 AM", "2020-04-15T00:00:00"),
        ("4/15/20, 12:30 pm", "2020-04-15T12:30:00"),
        ("4/15/2020, 3:42:15\u202fPM", "2020-04-15T15:42:15"),
        ("\u200e4/15/2020 3:42 p. m.", "2020-04-15T15:42:00"),
        ("14/11/22, 09:29:07", None),
        ("15.4.2020 7.05.12", "2020-04-15T07:05:12"),
        ("2020/12/08 08:35:00 AM", "2020-12-08T08:35:00"),
        ("2020-12-08T08:35", "2020-12-08T08:35:00"),
        ("2020. 12. 8. 8:35", "2020-12-08T08:35:00"),
        ("Mar 22, 2025 7:13 PM", "2025-03-22T19:13:00"),
        ("March 22 2025, 19:13:27", "2025-03-22T19:13:27"),
        ("Foo 22, 2025 19:13:27", None),
        ("2/30/2020 10:00", None),
        ("4/15/2020 25:00", None),
        ("4/15/2020 13:00 PM", None),
        ("4/15/2020 0:10 AM", None),
        ("4/15/2020", None),
        ("4/15/2 10:00", None),
        ("4/15/202 10:00", None),
        ("9:29:07 AM", None),
        ("", None),
        ("--", None),
    ],
)
def test_month_first(text: str, expected: str | None) -> None:
    found = local_time(text, "mdy")
    assert (found and found.isoformat()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14/11/22, 09:29:07", "2022-11-14T09:29:07"),
        ("05-09-2022 16:29", "2022-09-05T16:29:00"),
        ("04/15/2020 03:42:15 PM", None),
        ("2020/12/08 08:35:00 AM", "2020-12-08T08:35:00"),
    ],
)
def test_day_first(text: str, expected: str | None) -> None:
    found = local_time(text, "dmy")
    assert (found and found.isoformat()) == expected


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["3/4/24, 9:00 AM", "3/14/24, 9:00 AM"], "mdy"),
        (["3/4/24, 9:00", "", "14/3/24, 9:00"], "dmy"),
        (["3.4.24, 9:00", "2024-03-04 9:00", "5/5/24, 9:00", "nonsense"], "mdy"),
        ([], "mdy"),
    ],
)
def test_one_date_that_has_only_one_reading_decides(texts: list[str], order: str) -> None:
    assert order_of(texts) == order


def test_no_order_is_guessed() -> None:
    with pytest.raises(InvalidInput, match="say --date-order mdy or dmy") as error:
        order_of(["5/5/24, 9:00", "3/4/24, 9:00"])
    assert error.value.field == "dateOrder"


def test_a_local_time_is_one_of_its_zone_and_an_offset_is_believed() -> None:
    assert PARIS.instant("15/7/2024 10:00", "join time") == from_text("2024-07-15T08:00:00Z")
    assert PARIS.instant("2024-07-15T10:00:00Z", "x") == from_text("2024-07-15T10:00:00Z")


def test_where_clocks_went_back_a_leave_is_not_before_its_join() -> None:
    joined = PARIS.instant("27/10/2024 02:50", "join time")
    assert joined == from_text("2024-10-27T00:50:00Z")
    left = PARIS.instant("27/10/2024 02:10", "leave time", joined)
    assert left == from_text("2024-10-27T01:10:00Z")


def test_what_is_no_time_names_its_field() -> None:
    with pytest.raises(InvalidInput, match="join time must be a date and a time") as error:
        PARIS.instant("9:00", "join time")
    assert error.value.field == "join time"


@given(st.integers(0, SECONDS_OF_A_CENTURY), st.sampled_from(["mdy", "dmy"]))
def test_every_moment_is_read_as_it_was_written(seconds: int, order: DateOrder) -> None:
    moment = START_OF_CENTURY + timedelta(seconds=seconds)
    date = "%m/%d/%y" if order == "mdy" else "%d/%m/%Y"
    for time in (", %H:%M:%S", " %I:%M:%S %p"):
        assert local_time(moment.strftime(date + time), order) == moment
