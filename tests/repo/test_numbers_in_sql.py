"""Numbers in SQL that mean something are those of the domain."""

import re
from enum import IntEnum
from importlib.resources import files
from pathlib import Path

import pytest
from repo.tree import name_of, text_of, tracked

from rollbook.domain.events import EndEvidence, JoinEvidence
from rollbook.store.engine.statements import Dialect, statements

QUERIES = [file for file in tracked() if "/store/queries/" in f"/{name_of(file)}"]
SCHEMA = files("rollbook.store").joinpath("schema.sql").read_text(encoding="utf-8")
COMPARED = re.compile(r"(?:[<>=]|\bIN \(|\bBETWEEN) ?(\d+)")


@pytest.mark.parametrize("file", QUERIES, ids=name_of)
def test_no_statement_compares_with_a_number_that_names_nothing(file: Path) -> None:
    sql = re.sub(r"--.*", "", text_of(file))
    # 0 is nothing: no days, no rows.
    assert set(COMPARED.findall(sql)) - {"0"} == set()


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_what_is_unsettled_is_told_less_surely_than_a_leave(dialect: Dialect) -> None:
    sql = statements(dialect)["unsettled_in_rooms"].sql
    assert f"told_left_by < {EndEvidence.LEAVE.value})" in sql


def test_the_index_of_unsettled_sessions_has_the_rank_of_a_leave() -> None:
    (rank,) = re.findall(r"told_left_by < (\d+);", SCHEMA)
    assert int(rank) == EndEvidence.LEAVE


@pytest.mark.parametrize(
    ("column", "ranks"),
    [("joined", JoinEvidence), ("left", EndEvidence)],
    ids=["joined_by", "left_by"],
)
def test_the_schema_tells_the_ranks_of_evidence_as_they_are(
    column: str, ranks: type[IntEnum]
) -> None:
    told = re.search(rf"\b{column} (\d [\w ]+(?:,\s+\d [\w ]+)*)", SCHEMA.replace("\n--", ""))
    assert told is not None
    numbers = [int(number) for number in re.findall(r"\d", told[1])]
    assert numbers == [rank.value for rank in ranks]
    assert len(told[1].split(",")) == len(ranks)
