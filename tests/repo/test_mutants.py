"""The known mutations can still be made: tests/mutants.py makes them and takes minutes, this none."""

import re
from collections import Counter
from pathlib import Path

import mutants
import pytest
from repo.tree import ROOT, text_of
from support.mutation import Mutation
from support.mutations import MUTATIONS

each_mutation = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)


@each_mutation
def test_the_text_that_a_mutation_replaces_stands_once_in_its_file(mutation: Mutation) -> None:
    assert text_of(ROOT / mutation.file).count(mutation.old) == 1
    assert mutation.new != mutation.old


@each_mutation
def test_the_test_that_a_mutation_must_fail_is_there(mutation: Mutation) -> None:
    file, _, function = mutation.test.partition("::")
    found = re.compile(rf"^(?:async )?def {function or 'test_'}", re.MULTILINE)
    assert found.search(text_of(ROOT / file))


def test_every_mutation_has_a_name_of_its_own() -> None:
    assert [
        name for name, count in Counter(one.name for one in MUTATIONS).items() if count > 1
    ] == []


@pytest.mark.parametrize(
    ("old", "new", "test", "outcome"),
    [
        ("ONE = 1", "ONE = 2", "test_one.py", "killed"),
        ("ONE = 1", "ONE = 1.0", "test_one.py", "survived"),
        ("ONE = 1", "ONE = 2", "test_two.py", "broken"),
        ("TWO = 2", "TWO = 3", "test_one.py", "stale"),
    ],
)
def test_what_becomes_of_a_mutation_is_told_and_its_file_is_as_it_was(
    tmp_path: Path, old: str, new: str, test: str, outcome: str
) -> None:
    (tmp_path / "one.py").write_text("ONE = 1\n")
    (tmp_path / "test_one.py").write_text("import one\n\ndef test_one(): assert one.ONE == 1\n")
    assert mutants.attempt(tmp_path, Mutation("one", "one.py", old, new, test)) == outcome
    assert (tmp_path / "one.py").read_text() == "ONE = 1\n"
