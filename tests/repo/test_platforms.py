"""What docs/sources tells of each platform is what the platform says of itself."""

import shlex
from collections.abc import Mapping

import pytest
from repo.tree import ROOT, code_in, text_of, tracked

from rollbook.service.platforms import LEAVING_OUT_SETTINGS, TRANSLATION_SETTINGS, SourceKind
from rollbook.sources.table import SOURCE_KINDS

FOLDER = ROOT / "docs" / "sources"
INDEX = text_of(FOLDER / "README.md")
of_every_platform = pytest.mark.parametrize("platform", SOURCE_KINDS.values(), ids=SOURCE_KINDS)


def table_under(heading: str) -> list[list[str]]:
    """The cells of a table in the index: each of its rows, without the two of its head."""
    section = INDEX.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return rows[2:]


def page_of(platform: SourceKind) -> str:
    return text_of(FOLDER / f"{platform.kind}.md")


def added_as(platform: SourceKind) -> Mapping[str, str]:
    """The options of the first command on a platform's page that adds it."""
    start = f"rollbook source add {platform.kind} --org ORG_ID "
    command = next(line for line in code_in(page_of(platform)) if line.strip().startswith(start))
    words = shlex.split(command.partition("<")[0])[6:]
    return dict(zip(words[::2], words[1::2], strict=True))


def test_the_index_names_every_platform_in_the_order_of_the_table() -> None:
    named = [row[:2] for row in table_under("What each platform tells")]
    assert named == [
        [f"[{one.title}]({one.kind}.md)", f"`{one.kind}`"] for one in SOURCE_KINDS.values()
    ]


def test_the_index_says_of_every_platform_whether_an_id_may_come_again() -> None:
    told = [(kind, ids) for kind, _, ids, *_ in table_under("How a presence is recognized")]
    words = {True: "may come again", False: "one stay"}
    assert told == [
        (f"`{one.kind}`", words[one.presences.comes_again]) for one in SOURCE_KINDS.values()
    ]


def test_the_readme_counts_the_platforms() -> None:
    assert f"Webhooks of [{len(SOURCE_KINDS)} platforms]" in text_of(ROOT / "README.md")


def test_there_is_a_page_for_each_platform_and_no_other() -> None:
    pages = {file.stem for file in tracked() if file.parent == FOLDER and file.suffix == ".md"}
    assert pages - {"README"} == set(SOURCE_KINDS)


@of_every_platform
def test_a_page_adds_its_platform_with_all_parts_of_a_secret(platform: SourceKind) -> None:
    parts = [f"--{part.name.replace('_', '-')}" for part in platform.secret_parts]
    assert list(added_as(platform)) == parts


@of_every_platform
def test_a_page_shows_what_is_pasted_at_the_platform(platform: SourceKind) -> None:
    shown = {name[2:].replace("-", "_"): value for name, value in added_as(platform).items()}
    address = f"https://HOST/v1/webhooks/{platform.kind}/SOURCE_ID"
    assert platform.to_paste(address, shown) in page_of(platform)


@of_every_platform
def test_a_page_shows_how_to_set_what_only_its_platform_has(platform: SourceKind) -> None:
    for setting in platform.settings:
        assert f"{setting.name}={setting.example}" in page_of(platform)


def test_the_index_explains_every_setting() -> None:
    explained = " ".join(row[0] for row in table_under("Settings of a source"))
    own = [setting.name for one in SOURCE_KINDS.values() for setting in one.settings]
    names = (*TRANSLATION_SETTINGS, *LEAVING_OUT_SETTINGS, *own)
    assert [name for name in names if f"`{name}`" not in explained] == []
