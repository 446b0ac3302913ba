from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_text
from rollbook.sources.files.date_orders import ORDERS, check_year, order_of, refuse_mixed
from rollbook.sources.files.local_times import Clock, DateOrder, local_time

START_OF_CENTURY = datetime.fromisoformat("2000-01-01")
SECONDS_OF_A_CENTURY = 100 * 365 * 24 * 60 * 60
START_OF_REPORTS = date.fromisoformat("2020-01-01")
LAST_DAY = date.fromisoformat("2026-11-25")
NOW = from_text("2026-11-25T12:00:00Z")
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
        ("22/7/11 18:29:28", None),
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
    ("text", "expected"),
    [
        ("22/7/11 18:29:28", "2022-07-11T18:29:28"),
        ("22-07-11, 6:29:32 p.m.", "2022-07-11T18:29:32"),
        ("22.07.11 18:29", "2022-07-11T18:29:00"),
        ("2022.07.11 18:29", "2022-07-11T18:29:00"),
        ("22.7.2026 7.05.12", "2026-07-22T07:05:12"),
        ("7/11/22 18:29", None),
        ("11/7/2022 18:29", None),
    ],
)
def test_year_first(text: str, expected: str | None) -> None:
    found = local_time(text, "ymd")
    assert (found and found.isoformat()) == expected


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["3/4/24, 9:00 AM", "3/14/24, 9:00 AM"], "mdy"),
        (["3/4/24, 9:00", "", "14/3/24, 9:00"], "dmy"),
        (["3.4.24, 9:00", "2024-03-04 9:00", "5/5/24, 9:00", "nonsense"], "mdy"),
        (["22/7/11 18:29:28"], "ymd"),
        (["22-07-11 18:29", "22-07-12 18:29"], "ymd"),
        (["22.07.11 18:29"], "ymd"),
        (["22. 7. 11. 18:29"], "ymd"),
        (["21.07.22 18:29"], "dmy"),
        (["14/11/22 09:29:07"], "dmy"),
        (["22/9/26, 14:00:00"], "dmy"),
        (["22/7/25 18:29", "22/7/31 18:29"], "ymd"),
        (["14/4/2012 9:00"], "dmy"),
        (["12/11/2026 9:00"], "dmy"),
        (["9/22/2126, 2:00:00 PM"], "mdy"),
        ([], "mdy"),
    ],
)
def test_one_date_that_has_only_one_reading_decides(texts: list[str], order: str) -> None:
    possible = {"mdy": {"mdy"}, "dmy": {"dmy", "mdy"}, "ymd": {"ymd"}}[order]
    found = order_of(texts, NOW)
    # Where dots make day-first of month-first, either name will do.
    assert found in possible
    assert [local_time(text, found) for text in texts] == [
        local_time(text, order)  # type: ignore[arg-type]
        for text in texts
    ]


def test_no_order_is_guessed() -> None:
    with pytest.raises(InvalidInput, match="say --date-order mdy or dmy") as error:
        order_of(["5/5/24, 9:00", "3/4/24, 9:00"])
    assert error.value.field == "dateOrder"


@pytest.mark.parametrize(
    "texts",
    [
        ["25/03/2024 9:00", "03/26/2024 9:00", "3/4/2024 9:00"],
        ["9/22/26, 2:00:00 PM", "22/9/26, 14:00:00", "3/4/26, 2:00:00 PM"],
    ],
)
def test_two_orders_in_one_file_are_damage_where_a_date_could_be_of_either(
    texts: list[str],
) -> None:
    one, other, doubtful = texts
    told = f"in two orders, like {one} and like {other}, so that {doubtful} can be read"
    with pytest.raises(InvalidInput, match=told) as error:
        order_of(texts, NOW)
    assert error.value.field == "dateOrder"
    with pytest.raises(InvalidInput, match="in two orders"):
        order_of([doubtful, one, other], NOW)
    assert local_time(one, order_of([one, other], NOW)) is not None


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("22/7/21 18:29", "dmy or ymd"),
        ("21. 7. 22. 18:29", "mdy, dmy or ymd"),
        ("20-10-21 18:29", "dmy or ymd"),
        ("3/4/12 18:29", "mdy or dmy"),
    ],
)
def test_a_year_that_may_stand_first_is_not_guessed_either(text: str, choices: str) -> None:
    with pytest.raises(InvalidInput, match=f"dates like {text} .*: say --date-order {choices}$"):
        order_of([text], NOW)


@pytest.mark.parametrize(
    ("instant", "told"),
    [
        ("2565-07-11T18:29:32Z", "Buddhist"),
        ("2065-07-11T18:29:32Z", "Buddhist"),
        ("1401-04-20T18:29:32Z", "Persian"),
        ("0111-07-11T18:29:32Z", "Minguo"),
        ("2009-12-31T23:59:59Z", "before 2010, and is in the year 2009$"),
        ("2026-11-28T12:00:00Z", "after tomorrow, and is in the year 2026$"),
    ],
)
def test_a_year_that_cannot_be_is_told_with_its_calendar(instant: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=f"^join time must not .*{told}"):
        check_year(from_text(instant), "join time", NOW)


@pytest.mark.parametrize("instant", ["2010-01-01T00:00:00Z", "2026-11-26T23:00:00Z"])
def test_years_that_can_be_are_not_refused(instant: str) -> None:
    check_year(from_text(instant), "join time", NOW)


@given(st.dates(START_OF_REPORTS, LAST_DAY), st.sampled_from(ORDERS), st.sampled_from("-/."))
def test_an_order_is_the_one_that_was_written_or_is_asked_for(
    day: date, order: DateOrder, mark: str
) -> None:
    parts = {"mdy": "%m{0}%d{0}%y", "dmy": "%d{0}%m{0}%y", "ymd": "%y{0}%m{0}%d"}[order]
    text = day.strftime(parts.format(mark) + " 18:29:32")
    dotted = mark == "."
    try:
        found = local_time(text, order_of([text], NOW))
    except InvalidInput as problem:
        assert order in problem.message  # noqa: PT017 - a refusal is the other right answer
        return
    # Nobody writes the month first with dots; and a dotted day is one, as long as it can be.
    assert dotted or (found is not None and found.date() == day)


@pytest.mark.parametrize(
    "other", ["04/15/2020 03:44:01 PM", "2020-04-15 15:44", "4-15-2020 15:44", "04/15/2020 1:00"]
)
def test_dates_of_two_spellings_are_damage(other: str) -> None:
    with pytest.raises(InvalidInput, match="may have exchanged day and month"):
        refuse_mixed(["04.05.2020 15:42", "", "--", other])
    refuse_mixed(["", other, other.replace("15:44", "16:44"), "2024-03-25T14:00:00Z"])


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
