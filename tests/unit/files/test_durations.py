"""How long somebody was there, as reports and spreadsheets write it."""

import pytest

from rollbook.sources.files.durations import seconds_of, seconds_of_minutes


@pytest.mark.parametrize(
    ("text", "seconds"), [("0:05:00", 300), ("01:02:36", 3756), ("1:60:00", None), ("5:00", None)]
)
def test_a_duration_may_be_written_as_a_time(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("60 mins", 3600), ("1 hr 5 mins", 3900), ("x", None)]
)
def test_a_cell_of_minutes_may_have_units(text: str, seconds: int | None) -> None:
    assert seconds_of_minutes(text) == seconds
