"""The contract's own examples over HTTP: its requests, asked where such classes took place.

`contract/` has the answers as the contract prints them, shortened as they are there; `answers/`
has the whole answers. The contract's sums (3405 seconds are 57 credits, 7200 are 120 and 18000
are 300) only agree with each other where part minutes are rounded half up, so its organization
has that rule.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.organizations import add_organization
from support.visits import facts_in, import_source, told

from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.ids import new_org_id
from rollbook.domain.instants import from_text
from rollbook.domain.organizations import Organization, new_key
from rollbook.stores import Stores

HERE = Path(__file__).parent
HALF_UP = CreditRule(Rounding.HALF_UP)


@dataclass(frozen=True, slots=True)
class Example:
    """A request, the classes that took place, and when it is asked."""

    request: str
    visits: str
    now: str


GROUPED = Example("grouped", "grouped", "2024-01-15T23:00:00Z")
ROOM = Example("room", "room", "2024-03-01T12:00:00Z")
RANGE = Example("range", "room", "2024-03-01T12:00:00Z")
ALL_ROOMS = Example("all_rooms", "month", "2024-03-01T12:00:00Z")
ONE_ROOM = Example("one_room", "month", "2024-03-01T12:00:00Z")


@pytest.fixture
async def organization_key(stores: Stores) -> str:
    organization = Organization(new_org_id(), "Riverside", "UTC", HALF_UP)
    key = new_key(organization.org_id)
    await add_organization(stores, organization, import_source(organization), key=key)
    return key


@pytest.fixture
async def answer(
    request: pytest.FixtureRequest,
    stores: Stores,
    organization: Organization,
    organization_key: str,
    client_at: Any,
) -> httpx.Response:
    """What the service answers to an example's request."""
    example: Example = request.param
    rows = facts_in((HERE / "visits" / f"{example.visits}.jsonl").read_bytes())
    await told(stores.ledger, organization, rows)
    async with client_at(from_text(example.now)) as client:
        answered: httpx.Response = await client.post(
            "/v1/participant/sessions",
            headers={"VF-ORG-ID": organization_key, "Content-Type": "application/json"},
            content=(HERE / "requests" / f"{example.request}.json").read_bytes(),
        )
        return answered


def with_examples(*examples: Example) -> pytest.MarkDecorator:
    """Run once for each example, with its answer and its name."""
    return pytest.mark.parametrize(
        ("answer", "name"),
        [(example, example.request) for example in examples],
        indirect=["answer"],
        ids=[example.request for example in examples],
    )


@with_examples(GROUPED, ROOM)
async def test_json_has_the_fields_and_values_that_the_contract_shows(
    answer: httpx.Response, name: str
) -> None:
    shown = json.loads((HERE / "contract" / f"{name}.json").read_text(encoding="utf-8"))
    assert shortened(answer.json(), shown) == json.dumps(shown)


@with_examples(ALL_ROOMS, ONE_ROOM)
async def test_csv_has_the_lines_that_the_contract_shows(answer: httpx.Response, name: str) -> None:
    shown = (HERE / "contract" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    *lines, dots = shown
    assert dots == "..."
    assert answer.content.decode().split("\r\n")[: len(lines)] == lines


@with_examples(GROUPED, ROOM, RANGE)
async def test_the_whole_json_is_as_it_was(answer: httpx.Response, name: str) -> None:
    whole = (HERE / "answers" / f"{name}.json").read_text(encoding="utf-8")
    assert json.dumps(answer.json(), indent=2) + "\n" == whole
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


@with_examples(ALL_ROOMS, ONE_ROOM)
async def test_the_whole_csv_is_as_it_was(answer: httpx.Response, name: str) -> None:
    assert answer.content == (HERE / "answers" / f"{name}.csv").read_bytes()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


@with_examples(ALL_ROOMS)
async def test_a_csv_is_a_file_named_after_its_participant_and_range(
    answer: httpx.Response, name: str
) -> None:
    del name
    file = "sessions_student-123_2024-01-01_2024-01-31.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{file}"'


@with_examples(GROUPED, ALL_ROOMS)
async def test_the_headers_say_by_which_rule_and_in_which_zone(
    answer: httpx.Response, name: str
) -> None:
    del name
    assert answer.headers["credit-rule"] == str(HALF_UP)
    assert answer.headers["report-time-zone"] == "UTC"
    assert answer.headers["cache-control"] == "no-store"


def shortened(answer: Any, shown: Any) -> str:
    """The answer, its lists cut to as many entries as are shown, as text."""
    return json.dumps(_cut(answer, shown))


def _cut(answer: Any, shown: Any) -> Any:
    if isinstance(answer, dict) and isinstance(shown, dict):
        return {field: _cut(value, shown.get(field)) for field, value in answer.items()}
    if isinstance(answer, list) and isinstance(shown, list):
        return [_cut(one, other) for one, other in zip(answer, shown, strict=False)]
    return answer
