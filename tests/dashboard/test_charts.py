"""What charts and calendars are drawn from, without a browser."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.classes import HeldClass, How
from rollbook.domain.period import day_of
from rollbook.web.dashboard.calendars import months_of
from rollbook.web.dashboard.charts import heat

DAY = timedelta(days=1)


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    values=st.lists(st.integers(0, 10_000), min_size=1, max_size=420),
)
def test_a_heat_map_has_each_day_in_its_place(first: date, values: list[int]) -> None:
    per_day = [(first + n * DAY, value) for n, value in enumerate(values)]
    drawn = heat(per_day, str)
    assert (drawn is None) == (not 9 <= len(values) <= 400)
    if drawn is None:
        return
    most = max(values)
    assert len({(cell.x, cell.row) for cell in drawn.cells}) == len(values)
    for cell, (day, value) in zip(drawn.cells, per_day, strict=True):
        assert cell.row == day.weekday()
        assert cell.title.endswith(f": {value}")
        assert (cell.level == 0) == (value == 0)
        assert (cell.level == 4) == (value > 0 and value * 4 > 3 * most)
        assert cell.x + drawn.width < 100.5
    places = [tick.x for tick in drawn.ticks]
    assert all(after - before >= 12 for before, after in pairwise(places))
    assert len(places) <= 9


@given(
    hours=st.lists(st.integers(0, 24 * 200), unique=True),
    zone=st.sampled_from(["Europe/Paris", "Pacific/Apia", "America/Sao_Paulo"]),
)
def test_every_class_is_on_its_day_once(hours: list[int], zone: str) -> None:
    held = [
        HeldClass(1_700_000_000_000 + hour * 3_600_000, 0, How.MOST, ()) for hour in sorted(hours)
    ]
    where = ZoneInfo(zone)
    seen: list[HeldClass] = []
    months = months_of(held, where)
    for month in months:
        assert all(len(week) == 7 and week[0].day.weekday() == 0 for week in month.weeks)
        inside = [day.day for week in month.weeks for day in week if day.inside]
        assert inside[0].day == 1
        assert (inside[-1] + DAY).day == 1
        assert inside == [inside[0] + n * DAY for n in range(len(inside))]
        assert all(f"{day:%B %Y}" == month.name for day in inside)
        for week in month.weeks:
            for day in week:
                assert all(day_of(one.start, where) == day.day for one in day.classes)
                seen += day.classes
        assert month.classes
    assert sorted(one.start for one in seen) == [one.start for one in held]
