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


@pytest.mark.parametrize("number", ["9" * 10, "9" * 5_000])
def test_nobody_was_there_for_longer_than_numbers_are_read(number: str) -> None:
    for unit in ("h", "m", "s", " mins"):
        assert seconds_of(number + unit) is None
        assert seconds_of_minutes(number + unit) is None
