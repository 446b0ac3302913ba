"""The checklist answers every requirement, and what it names as evidence is there."""

import ast
import re

import pytest
from repo.tree import ROOT, name_of, python_files, text_of, tracked

CHECKLIST = ROOT / "docs/security-checklist.md"
ASKED = """
2.1: 1 2 3 4 5 6 7 8 9 10 11 12; 2.2: 1 2 3; 2.3: 1 2 3; 2.4: 1 2 3 4 5; 2.5: 1 2 3 4 5 6 7; 2.6: 1 2 3;
2.7: 1 2 3 4 5 6; 2.8: 1 2 3 4 5 6 7; 2.9: 1 2 3; 2.10: 1 2 3 4;
3.1: 1; 3.2: 1 2 3 4; 3.3: 1 2 3 4; 3.4: 1 2 3 4 5; 3.5: 1 2 3; 3.7: 1;
4.1: 1 2 3 5; 4.2: 1 2; 4.3: 1 2 3;
5.1: 1 2 3 4 5; 5.2: 1 2 3 4 5 6 7 8; 5.3: 1 2 3 4 5 6 7 8 9 10; 5.4: 1 2 3; 5.5: 1 2 3 4;
7.1: 1 2 3 4; 7.2: 1 2; 7.3: 1 3 4; 7.4: 1 2 3;
8.1: 1 2 3 4; 8.2: 1 2 3; 8.3: 1 2 3 4 5 6 7 8; 11.1: 4;
13.1: 1 3 4 5; 13.2: 1 2 3 5 6; 13.3: 1 2; 13.4: 1 2;
14.1: 1 2 3 4; 14.2: 1 2 3 4 5 6; 14.3: 2 3; 14.4: 1 2 3 4 5 6 7; 14.5: 1 2 3 4
"""
"""The requirements of level 2 in version 4.0.3; numbers that are left out are of level 3, or moved."""
VERDICTS = {"yes", "no", "by proxy", "n/a"}
_ROW = re.compile(r"^\| ([\d.]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"test_\w+")

ROWS = {row[0]: row[1:] for row in _ROW.findall(text_of(CHECKLIST))}


def asked() -> list[str]:
    sections = (part.split(":") for part in ASKED.replace("\n", " ").split(";"))
    return [f"{section.strip()}.{n}" for section, numbers in sections for n in numbers.split()]


def functions() -> set[str]:
    """The names of all tests."""
    return {
        node.name
        for file in python_files("tests")
        for node in ast.walk(ast.parse(text_of(file)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_requirement_is_answered_once_and_in_order() -> None:
    assert [row[0] for row in _ROW.findall(text_of(CHECKLIST))] == asked()
    assert {verdict for _, verdict, _ in ROWS.values()} == VERDICTS


@pytest.fixture(scope="module")
def there() -> set[str]:
    return functions() | {name_of(file) for file in tracked()}


def test_whatever_is_named_as_evidence_is_there(there: set[str]) -> None:
    named = {
        code
        for _, _, evidence in ROWS.values()
        for code in re.findall(r"`([^`]+)`", evidence)
        if _TEST.fullmatch(code) or "/" in code.strip("/")
    }
    assert len(named) > 80
    assert named - there == set()


def test_a_yes_names_a_test_a_file_or_a_page_and_all_else_says_why() -> None:
    for number, (_, verdict, evidence) in ROWS.items():
        names = re.findall(r"`[^`]+`|\]\([^)]+\)", evidence)
        assert names if verdict == "yes" else len(evidence.split()) > 1, number


def test_what_was_open_is_done() -> None:
    assert {ROWS[number][1] for number in ("2.2.1", "3.3.1", "4.1.3", "11.1.4")} == {"yes"}
