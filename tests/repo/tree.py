"""The files of the repository, as the tests about it see them."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

_HISTORY = ("CHANGELOG.md", "docs/decisions/")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4}.*\n)+", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is tracked, or would be with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().rstrip("\0").split("\0")
    return tuple(ROOT / name for name in sorted(names) if (ROOT / name).is_file())


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def python_files(*folders: str) -> list[Path]:
    starts = tuple(f"{folder}/" for folder in folders)
    return [file for file in tracked() if file.suffix == ".py" and name_of(file).startswith(starts)]


def markdown_files() -> list[Path]:
    return [file for file in tracked() if file.suffix == ".md"]


def documents() -> list[Path]:
    """The Markdown that tells how things are: not how they were, nor why that was decided."""
    return [file for file in markdown_files() if not name_of(file).startswith(_HISTORY)]


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def code_in(text: str) -> Iterator[str]:
    """What is written as code in Markdown: each line of a block, each piece in backquotes."""
    for block in [*_FENCE.findall(text), *_INDENTED.findall(text)]:
        yield from block.replace("\\\n", " ").splitlines()
    yield from _INLINE.findall(_FENCE.sub("", text))
