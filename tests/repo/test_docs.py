"""The documents name what there is, and what there is stands in the documents."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from repo.tree import ROOT, code_in, documents, markdown_files, name_of, text_of, tracked

from rollbook.cli import main
from rollbook.settings import SETTINGS
from rollbook.web.routes import API

DOCUMENTS = {name_of(file): file for file in documents()}
EVERYTHING = "\n".join(text_of(file) for file in DOCUMENTS.values())
each_document = pytest.mark.parametrize("document", DOCUMENTS)

# --- routes ----------------------------------------------------------------------------------

_NAMED_ROUTE = re.compile(
    r"""(?:/v1(?:/[\w{}<>-]+)+
    |(?<![\w.)/])/(?:docs|healthz|readyz|metrics|schema/[\w.]+)(?![\w/]))""",
    re.VERBOSE,
)
_OTHER_HOST = re.compile(r"https?://(?!127\.0\.0\.1|localhost|[A-Z-]+/)\S+")
_THEIRS = {"docs/sources/daily.md": {"/v1/webhooks"}}
"""Routes of platforms themselves."""
ASSETS = {"/docs/start.js", "/docs/{name:str}"}
"""The files of the page at /docs."""


def routes() -> set[str]:
    return {path for route in API for path in route.paths} - ASSETS


def named_routes(text: str) -> set[str]:
    return set(_NAMED_ROUTE.findall(_OTHER_HOST.sub("", text)))


def is_route(named: str) -> bool:
    return any(re.fullmatch(re.sub(r"{[^}]+}", "[^/]+", path), named) for path in routes())


@each_document
def test_every_route_that_a_document_names_exists(document: str) -> None:
    named = named_routes(text_of(DOCUMENTS[document])) - _THEIRS.get(document, set())
    assert {route for route in named if not is_route(route)} == set()


@pytest.mark.parametrize("path", sorted(routes()))
def test_every_route_is_documented(path: str) -> None:
    form = re.compile(re.sub(r"{[^}]+}", "[^/]+", path))
    assert any(form.fullmatch(named) for named in named_routes(EVERYTHING))


# --- commands --------------------------------------------------------------------------------

_CALL = re.compile(r"(?:^|[\s/(`])rollbook((?: [^\s#`&;|>]+(?:\|[\w|-]+)*)*)")


def calls(text: str) -> Iterator[list[str]]:
    """The words after `rollbook`, wherever it is called."""
    for code in code_in(text):
        for words in _CALL.findall(code):
            yield words.split()


def unknown_in(words: list[str]) -> str | None:
    """What there is not in a call: a command or an option."""
    command: click.Command = main
    for word in words:
        if word.startswith("--"):
            name = word.partition("=")[0].rstrip("],.")
            if not any(name in option.opts for option in command.params) and name != "--help":
                return name
        elif isinstance(command, click.Group):
            names = word.split("|")
            if missing := [name for name in names if name not in command.commands]:
                return missing[0]
            command = command.commands[names[0]]
    return None


def commands(name: str = "", command: click.Command = main) -> Iterator[str]:
    if isinstance(command, click.Group):
        for part, inner in command.commands.items():
            yield from commands(f"{name} {part}".strip(), inner)
    else:
        yield name


@each_document
def test_every_command_and_option_that_a_document_names_exists(document: str) -> None:
    called = calls(text_of(DOCUMENTS[document]))
    assert [(words, unknown) for words in called if (unknown := unknown_in(words))] == []


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_documented(command: str) -> None:
    group, _, last = command.rpartition(" ")
    called = [" ".join(words) for words in calls(EVERYTHING)]
    assert any(
        re.match(rf"{re.escape(group)} ?(?:[\w-]+\|)*{re.escape(last)}(?![\w-])", words)
        for words in called
    )


# --- settings --------------------------------------------------------------------------------

_NAMED_SETTING = re.compile(r"\bROLLBOOK_[A-Z0-9_]+\b")
FOR_TESTS = {
    "ROLLBOOK_TEST_POSTGRES_URL",
    "ROLLBOOK_TEST_LIVEKIT_SERVER",
    "ROLLBOOK_TEST_CITUS_URL",
    "ROLLBOOK_TEST_UPGRADED_BY",
    "ROLLBOOK_TEST_UPGRADE_SESSIONS",
    "ROLLBOOK_BENCH_BEFORE",
    "ROLLBOOK_BENCH_PEER",
    "ROLLBOOK_BENCH_POSTGRES_URL",
}


@each_document
def test_every_setting_that_a_document_names_exists(document: str) -> None:
    named = set(_NAMED_SETTING.findall(text_of(DOCUMENTS[document])))
    assert named - {setting.name for setting in SETTINGS} - FOR_TESTS == set()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_default(setting: object) -> None:
    name, default = getattr(setting, "name", ""), getattr(setting, "default", "")
    rows = [line for line in text_of(ROOT / "docs/settings.md").splitlines() if name in line]
    assert any(f"`{name}` | `{default}` |" in row for row in rows)


def test_a_variable_for_tests_is_read_by_the_tests() -> None:
    folders = (ROOT / "tests", ROOT / "bench")
    files = [file for folder in folders for file in folder.rglob("*.py")]
    read = "".join(text_of(file) for file in files if file != Path(__file__))
    assert [name for name in FOR_TESTS if name not in read] == []


# --- make ------------------------------------------------------------------------------------

_TARGET = re.compile(r"^([a-z]+):.*?(## .*)?$", re.MULTILINE)
_MADE = re.compile(r"(?:^|[\s`])make((?: [a-z]+)+)")


def targets() -> set[str]:
    return {name for name, described in _TARGET.findall(text_of(ROOT / "Makefile")) if described}


def made(text: str) -> set[str]:
    return {
        word for code in code_in(text) for words in _MADE.findall(code) for word in words.split()
    }


@each_document
def test_every_make_target_that_a_document_names_exists(document: str) -> None:
    assert made(text_of(DOCUMENTS[document])) - targets() == set()


def test_every_make_target_is_documented() -> None:
    assert targets() - made(EVERYTHING) == set()


# --- files and links -------------------------------------------------------------------------

_NAMED_FILE = re.compile(r"(?:[\w.-]+/)+(?:[\w.-]+\.(?:py|sql|md|toml|txt))?|\w+\.(?:py|sql|toml)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_MADE_BY_MAKE = (".venv/", "build/")


@each_document
def test_every_file_of_ours_that_a_document_names_exists(document: str) -> None:
    named = {code for code in code_in(text_of(DOCUMENTS[document])) if _NAMED_FILE.fullmatch(code)}
    ours = {name for name in named if not name.startswith(_MADE_BY_MAKE)}
    there = [f"/{name_of(file)}" for file in tracked()]
    folders = [f"{Path(file).parent}/" for file in there]
    missing = {name for name in ours if not any(x.endswith(f"/{name}") for x in there + folders)}
    assert missing == set()


def links(file: Path) -> list[str]:
    found: list[str] = _LINK.findall(_FENCED.sub("", text_of(file)))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(file: Path) -> set[str]:
    """The names that headings have as targets of links."""
    plain = (
        re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(text_of(file))
    )
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("name", [name_of(file) for file in markdown_files()])
def test_every_link_within_the_repository_leads_somewhere(name: str) -> None:
    file = ROOT / name
    for link in links(file):
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        file = ahead.pop()
        if file in reached or file.suffix != ".md" or not file.exists():
            continue
        reached.add(file)
        ahead += [(file.parent / link.partition("#")[0]).resolve() for link in links(file)]
    named_by_convention = {"CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
    documents_of_ours = {
        name_of(file) for file in markdown_files() if not name_of(file).startswith("tests/")
    }
    assert documents_of_ours - {name_of(file) for file in reached} - named_by_convention == set()
