"""A form sends its empty fields too: empty text is as good as none, where a field is optional."""

import pytest
from support.school import School
from support.visits import Visit

from rollbook.domain.errors import InvalidInput

OPTIONAL = ("roomId", "startDate", "endDate", "timezone", "page", "limit", "export", "csv")


@pytest.mark.parametrize("field", OPTIONAL)
async def test_empty_text_in_an_optional_field_is_as_if_it_were_absent(
    school: School, field: str
) -> None:
    await school.saw(Visit(), Visit(room="physics-101"))
    assert await school.json(**{field: ""}) == await school.json()


async def test_a_form_with_every_optional_field_empty_is_the_question_of_today(
    school: School,
) -> None:
    await school.saw(Visit(), Visit("2024-01-14T09:00:00Z", "2024-01-14T09:01:00Z"))
    assert await school.json(**dict.fromkeys(OPTIONAL, "")) == await school.json()
    assert await school.csv(csv={"delimiter": "", "bom": ""}) == await school.csv()
    day = await school.answer(roomId="", startDate="2024-01-14", endDate="")
    assert day["summary"]["dateRange"] == {"from": "2024-01-14", "to": "2024-01-14"}
    assert day["summary"]["totalDuration"] == 60


@pytest.mark.parametrize("field", OPTIONAL)
@pytest.mark.parametrize("blank", [" ", "\t"])
async def test_a_blank_is_an_error_all_the_same(school: School, field: str, blank: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{field} ") as refused:
        await school.json(**{"startDate": "2024-01-14", field: blank})
    assert refused.value.field == field


async def test_an_end_needs_a_start_that_is_not_empty(school: School) -> None:
    with pytest.raises(InvalidInput, match=r"^startDate is required"):
        await school.json(startDate="", endDate="2024-01-15")


@pytest.mark.parametrize("options", [0, False, [], "semicolon", {"delimiter": []}, {"bom": 0}])
async def test_no_other_empty_thing_stands_for_the_options_of_a_csv(
    school: School, options: object
) -> None:
    with pytest.raises(InvalidInput, match=r"^csv"):
        await school.csv(csv=options)
