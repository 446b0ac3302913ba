"""Rules of the house that a machine can keep, beside those that ruff and import-linter keep."""

import ast
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from repo.tree import ROOT, name_of, python_files, text_of, tracked

from rollbook.cli import main

LONGEST_MODULE = 400
LONGEST_FUNCTION = 40

# Written so that this file does not name them itself.
_HOSTS = "pypi:org pythonhosted:org npmjs:org npmjs:com unpkg:com jsdelivr:net cdnjs:cloudflare"
REGISTRIES = re.compile("|".join(rf"\b{host}\b" for host in _HOSTS.replace(":", r"\.").split()))
MACHINE_PATHS = re.compile(r"(?<![\w.:/~-])/(?:home|root|Users|work|mnt|workspace)/\w")
SQL = re.compile(r"\b(?:SELECT .* FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b")
NO_REASON = re.compile(r"# noqa(?!: [A-Z0-9]+(?:, [A-Z0-9]+)* (?:- |\()\w)")

SOURCE = python_files("src")
ALL_PYTHON = python_files("src", "tests", "demo", "bench", "supply")


def texts() -> Iterator[tuple[str, str]]:
    for file in tracked():
        try:
            yield name_of(file), text_of(file)
        except UnicodeDecodeError:
            continue


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    lengths = {name_of(file): len(text_of(file).splitlines()) for file in ALL_PYTHON}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_too_long_to_be_seen_at_once() -> None:
    lengths = {
        f"{name_of(file)}: {node.name}": lines_of_code(node)
        for file in SOURCE
        for node in ast.walk(ast.parse(text_of(file)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(lengths) > 100
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement on: neither the signature nor the docstring counts."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


_FILES = "io os pathlib shutil tempfile glob fileinput mmap fcntl dbm shelve sqlite3"
_MACHINES = (
    "socket socketserver ssl select selectors http urllib xmlrpc ftplib smtplib imaplib poplib"
)
_PROCESSES = "sys subprocess multiprocessing signal platform getpass pwd ctypes importlib logging"
_CLOCKS = "time sched locale random threading queue"
OUTSIDE = {*_FILES.split(), *_MACHINES.split(), *_PROCESSES.split(), *_CLOCKS.split()}
"""What of the standard library no pure function needs: files, machines, processes, clocks, chance."""
PURE = {
    "domain": ({"rollbook.domain"}, OUTSIDE | {"asyncio", "concurrent"}),
    "service": ({"rollbook.domain", "rollbook.service"}, OUTSIDE),
}
"""What of our own a floor may import, and what of the standard library it may not."""


@pytest.mark.parametrize("floor", PURE)
def test_rules_and_use_cases_import_the_standard_library_and_each_other(floor: str) -> None:
    files, (ours, barred) = python_files(f"src/rollbook/{floor}"), PURE[floor]
    assert len(files) > 10
    wrong = {
        f"{name_of(file)}: {module}"
        for file in files
        for module in imported_by(text_of(file))
        if not is_within(module, ours)
        and module.partition(".")[0] not in sys.stdlib_module_names - barred
    }
    assert wrong == set()


def imported_by(source: str) -> Iterator[str]:
    """Every module that a source imports, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def is_within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_sql_is_written_in_the_store_only() -> None:
    written = {
        name_of(file)
        for file in SOURCE
        for node in ast.walk(ast.parse(text_of(file)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    }
    assert written
    assert {name for name in written if not name.startswith("src/rollbook/store/")} == set()


def test_the_map_of_the_house_names_every_module_in_its_folder_once() -> None:
    drawn = sorted(modules_of_the_map(text_of(ROOT / "ARCHITECTURE.md")))
    there = sorted(name_of(file) for file in SOURCE if file.name != "__init__.py")
    assert drawn == [name for name in there if name not in platforms() or name in drawn]


def platforms() -> set[str]:
    """The modules that the table of platforms lists: the map sends its readers there."""
    table = ast.parse(text_of(ROOT / "src/rollbook/sources/table.py"))
    named = [node.module or "" for node in ast.walk(table) if isinstance(node, ast.ImportFrom)]
    ours = [name for name in named if name.startswith("rollbook.sources.")]
    assert ours
    return {f"src/{name.replace('.', '/')}.py" for name in ours}


def modules_of_the_map(text: str) -> Iterator[str]:
    """Every Python file that the tree of the house names, with its folder."""
    tree = text.partition("    src/rollbook/\n")[2].partition("    demo/")[0]
    folders: list[tuple[int, str]] = [(4, "src/rollbook")]
    for line in tree.splitlines():
        depth = len(line) - len(line.lstrip())
        entries = re.split(r" · |, ?| {2,}", line.strip())
        while folders[-1][0] >= depth:
            folders.pop()
        if entries[0].endswith("/"):
            folders.append((depth, f"{folders[-1][1]}/{entries[0].rstrip('/')}"))
        for name in re.findall(r"(?<![\w*/])(\w+\.py)\b", line):
            yield f"{folders[-1][1]}/{name}"


def test_the_words_of_the_house_name_classes_that_are_there() -> None:
    words = text_of(ROOT / "ARCHITECTURE.md").partition("\n## Words\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([A-Z]\w*[a-z]\w*)`", words))
    there = {
        node.name
        for file in SOURCE
        for node in ast.walk(ast.parse(text_of(file)))
        if isinstance(node, ast.ClassDef)
    }
    assert len(named) > 10
    assert named - there == set()


@pytest.mark.parametrize("command", main.commands)
def test_a_command_is_in_the_file_that_has_its_name(command: str) -> None:
    callback = main.commands[command].callback
    assert callback is not None
    assert callback.__module__.removeprefix("rollbook.cli.").rstrip("_") == command


def test_every_exception_to_a_rule_tells_its_reason() -> None:
    told = [
        f"{name_of(file)}: {line.strip()}"
        for file in ALL_PYTHON
        if file != Path(__file__)
        for line in text_of(file).splitlines()
        if "# noqa" in line
    ]
    assert told
    assert [line for line in told if NO_REASON.search(line)] == []


def test_no_file_names_the_host_of_a_registry() -> None:
    assert [name for name, text in texts() if REGISTRIES.search(text)] == []


def test_no_file_names_a_path_of_somebody_s_machine() -> None:
    found = {name: MACHINE_PATHS.findall(text) for name, text in texts()}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_no_javascript_is_pasted_in() -> None:
    scripts = [file for file in tracked() if file.suffix in {".js", ".mjs", ".css"}]
    assert [name_of(file) for file in scripts if file.stat().st_size > 30_000] == []


# --- requirements ----------------------------------------------------------------------------


def requirements(file: str) -> dict[str, list[str]]:
    """Each requirement of a file with its hashes."""
    found: dict[str, list[str]] = {}
    for line in text_of(ROOT / "requirements" / file).replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement, *hashes = line.split(" --hash=")
            found[requirement.strip()] = hashes
    return found


@pytest.mark.parametrize(
    ("file", "least"), [("build.txt", 2), ("runtime.txt", 21), ("dev.txt", 21)]
)
def test_every_requirement_is_pinned_with_its_hashes_and_names_no_index(
    file: str, least: int
) -> None:
    found = requirements(file)
    assert len(found) >= least
    for requirement, hashes in found.items():
        assert re.match(r"[\w.-]+(?:\[[\w,-]+\])?==[\w.]+", requirement), requirement
        assert hashes, requirement
        assert all(re.match(r"sha256:[0-9a-f]{64}\b", text) for text in hashes), requirement


@pytest.mark.parametrize("file", ["build.txt", "runtime.txt"])
def test_what_runs_is_what_was_tested(file: str) -> None:
    tested = {name.partition(" ")[0] for name in requirements("dev.txt")}
    assert {name.partition(" ")[0] for name in requirements(file)} - tested == set()


def test_what_is_never_imported_is_not_locked_either() -> None:
    names = {requirement.partition("==")[0] for requirement in requirements("runtime.txt")}
    assert "flask-swagger-ui" in names
    assert names & {"flask", "werkzeug"} == set()


# --- what the machine runs --------------------------------------------------------------------


def test_what_the_machine_runs_is_what_people_are_told_to_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    made = re.findall(r"^make (\w+)$", text_of(script), re.MULTILINE)
    contributing = text_of(ROOT / "CONTRIBUTING.md")
    assert made
    assert [target for target in made if f"make {target}" not in contributing] == []
