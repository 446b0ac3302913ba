"""A known way to break the code, and the test that finds it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """A text that stands once in a file, what is put in its place, and the test that must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str


@dataclass(frozen=True, slots=True)
class In:
    """Mutations of a file that one test finds, or one file of tests: old and new text by name."""

    file: str
    test: str
    texts: dict[str, tuple[str, str]]
