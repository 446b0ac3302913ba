"""What is said of the packages that run: bill of materials, licences, known vulnerabilities."""

import importlib.resources
import json
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from repo.tree import ROOT, text_of

from supply import licences, sbom, vulnerabilities
from supply.locked import Package, locked

A_PACKAGE = Package("somelib", "1.0", ("0" * 64,), "MIT", "MIT")
NOTHING_READ = replace(licences.reviewed(), read={}, exceptions={})


# --- licences --------------------------------------------------------------------------------


def test_every_licence_of_what_runs_is_allowed_and_every_exception_is_needed() -> None:
    rules, packages = licences.reviewed(), locked("otel.txt")
    assert len(packages) > 40
    assert licences.troubles(packages, rules) == []
    assert all(exception["reason"].strip() for exception in rules.exceptions.values())


@pytest.mark.parametrize("licence", ["MIT", "MIT AND BSD-3-Clause", "GPL-3.0-only OR Apache-2.0"])
def test_a_permissive_licence_is_allowed(licence: str) -> None:
    assert licences.troubles([replace(A_PACKAGE, licence=licence)], NOTHING_READ) == []


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ("LGPL-3.0-or-later", "LGPL-3.0-or-later is not allowed"),
        ("MIT AND GPL-2.0-only", "is not allowed"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "is not allowed"),
        (None, "its licence is unknown, its metadata says: MIT."),
    ],
)
def test_a_licence_that_is_unknown_or_not_permissive_fails(licence: str | None, told: str) -> None:
    (trouble,) = licences.troubles([replace(A_PACKAGE, licence=licence)], NOTHING_READ)
    assert trouble.startswith("somelib: ")
    assert told in trouble


def test_an_exception_is_for_one_licence_has_a_reason_and_goes_when_nothing_needs_it() -> None:
    copyleft = replace(A_PACKAGE, licence="MPL-2.0")
    excepted = {"somelib": {"licence": "MPL-2.0", "reason": "Only read."}}
    rules = replace(NOTHING_READ, exceptions=excepted)
    assert licences.troubles([copyleft], rules) == []
    assert licences.troubles([replace(copyleft, licence="GPL-3.0-only")], rules) != []
    assert licences.troubles([A_PACKAGE], rules) == ["[exceptions] somelib: needs none (any more)"]
    silent = {"somelib": {"licence": "MPL-2.0", "reason": " "}}
    assert licences.troubles([copyleft], replace(rules, exceptions=silent)) != []


def test_what_somebody_read_is_taken_where_metadata_is_vague_and_nowhere_else() -> None:
    rules = replace(NOTHING_READ, read={"somelib": "MIT"})
    assert licences.troubles([replace(A_PACKAGE, licence=None)], rules) == []
    assert licences.troubles([A_PACKAGE], rules) != []
    assert licences.troubles([], rules) == ["[read] somelib: is not locked (any more)"]


# --- bill of materials -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def written() -> Any:
    return json.loads(sbom.bill())


def schema(name: str) -> Any:
    folder = importlib.resources.files("cyclonedx.schema._res")
    return json.loads(folder.joinpath(name).read_text(encoding="utf-8"))


def test_the_bill_is_what_its_standard_asks_for(written: Any) -> None:
    names = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
    # It refers to them by the names of their files, beside its own.
    others = [(f"http://cyclonedx.org/schema/{name}", schema(name)) for name in names]
    asked = schema("bom-1.6.SNAPSHOT.schema.json")
    checker = jsonschema_rs.Draft7Validator(asked, registry=jsonschema_rs.Registry(others))
    checker.validate(written)
    assert not checker.is_valid({**written, "specVersion": 1})


def test_the_bill_has_every_locked_package_with_its_version_hashes_and_licence(
    written: Any,
) -> None:
    told = {part["name"]: part for part in written["components"]}
    packages = locked("runtime.txt")
    assert told.keys() == {package.name for package in packages}
    for package in packages:
        part = told[package.name]
        assert part["version"] == package.version
        (files,) = part["externalReferences"]
        assert {x["content"] for x in files["hashes"]} == set(package.hashes) != set()
        assert part["licenses"], package.name


def test_the_bill_tells_who_needs_what_and_is_the_same_each_time(written: Any) -> None:
    needs = {told["ref"]: told.get("dependsOn", []) for told in written["dependencies"]}
    (program,) = (ref for ref in needs if ref.startswith("rollbook@"))
    assert any(ref.startswith("litestar@") for ref in needs[program])
    assert json.loads(sbom.bill()) == written


# --- known vulnerabilities -------------------------------------------------------------------


def test_nothing_is_known_where_no_database_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = '{"dependencies": [{"name": "a", "skip_reason": "not found"}]}'
    for said in ("", "no JSON", "{}", unknown):
        monkeypatch.setattr(vulnerabilities, "_said", lambda *_, said=said: said)
        assert vulnerabilities.answered() is None
        assert vulnerabilities.main("--strict") == 0


def test_a_known_one_is_told_with_what_mends_it_and_fails_where_that_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {"id": "PYSEC-1", "fix_versions": ["1.1"]}
    told = {
        "dependencies": [
            {"name": "a", "version": "1.0", "vulns": [found]},
            {"name": "b", "version": "2.0", "vulns": []},
            {"name": "c", "skip_reason": "not found"},
        ]
    }
    monkeypatch.setattr(vulnerabilities, "_said", lambda *_: json.dumps(told))
    assert vulnerabilities.main() == 0
    assert vulnerabilities.main("--strict") == 1
    said = capsys.readouterr()
    assert "a 1.0: PYSEC-1 (mended in 1.1)" in said.err
    assert "Nothing could be learned of: c\nKnown vulnerabilities: 1, of 2 packages." in said.out


def test_contributing_names_the_commands_and_checks_hold_licences() -> None:
    contributing, makefile = text_of(ROOT / "CONTRIBUTING.md"), text_of(ROOT / "Makefile")
    assert "`make sbom`" in contributing
    assert "`make audit`" in contributing
    check = makefile.partition("\ncheck: ")[2].partition("\n\n")[0]
    assert "supply.licences" in check
    assert "supply.vulnerabilities" in check
    assert "--strict" not in check
