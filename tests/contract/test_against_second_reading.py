"""Whatever happened and whatever is asked, the report says what a second reading says."""

import csv
import io
import json
from pprint import pformat

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from support.classes import Case, cases
from support.examples import examples
from support.oracle import Body, Ledger, moment_of
from support.oracle_csv import expected_rows, expected_text
from support.oracle_json import expected_answer
from support.school import School, opened_school
from support.visits import Visit, import_source

from rollbook.domain.presences import session_id_for
from rollbook.stores import Stores

_EVERY = settings(
    phases=set(Phase) - {Phase.explain},
    # One database serves all examples: each brings an organization of its own, with the same
    # people and rooms as the others have, so tenants are held apart in passing.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.timeout(900)  # should it ever fail, making the example small takes its time
@pytest.mark.parametrize("engine", ["sqlite"])
@settings(_EVERY, max_examples=examples(150))
@given(case=cases())
async def test_reports_from_sqlite_say_what_a_second_reading_says(
    stores: Stores, case: Case
) -> None:
    await _agree(stores, case)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", ["postgres"])
@settings(_EVERY, max_examples=examples(50))
@given(case=cases())
async def test_reports_from_postgres_say_what_a_second_reading_says(
    stores: Stores, case: Case
) -> None:
    await _agree(stores, case)


async def _agree(stores: Stores, case: Case) -> None:
    note(pformat(case))
    school = await opened_school(stores, case.time_zone, case.rule, case.now)
    for visits in case.told_in:
        await school.saw(*visits)
    ledger = _ledger(school, case)
    for question in case.questions:
        await _agree_in_json(school, ledger, question)
        await _agree_in_csv(school, ledger, question)


def _ledger(school: School, case: Case) -> Ledger:
    source_id = import_source(school.organization).source_id

    def rank(visit: Visit) -> str:
        return session_id_for(source_id, visit.id or "")

    rule = case.rule
    now = moment_of(case.now)
    return Ledger(case.visits, case.time_zone, rule.rounding.value, rule.minimum_seconds, now, rank)


async def _agree_in_json(school: School, ledger: Ledger, question: Body) -> None:
    answer = json.loads(await school.json(**question))
    # Written again, since comparing objects would not look at the order of their fields.
    assert json.dumps(answer, indent=1) == json.dumps(expected_answer(ledger, question), indent=1)


async def _agree_in_csv(school: School, ledger: Ledger, question: Body) -> None:
    form = question.get("csv", {"delimiter": ",", "bom": False})
    delimiter, mark = form["delimiter"], "\ufeff" if form["bom"] else ""
    rows = expected_rows(ledger, question)
    answer = await school.csv(**question)
    read = csv.reader(io.StringIO(answer.removeprefix(mark), newline=""), delimiter=delimiter)
    assert list(read) == rows
    assert answer == expected_text(rows, delimiter, mark)
