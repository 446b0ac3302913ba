"""Options that the platforms ask for: the parts of their secrets, and settings of their own."""

import sys
from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from typing import TypeVar

import click

from rollbook.cli.running import typed_line, typed_unseen
from rollbook.domain.errors import InvalidInput
from rollbook.service.platforms import SecretPart, SourceKind
from rollbook.sources.table import SOURCE_KINDS

T = TypeVar("T")
_Body = Callable[..., Coroutine[object, object, T]]

_PARTS = {part.name: part for kind in SOURCE_KINDS.values() for part in kind.secret_parts}
_SETTINGS = {one.name: one for kind in SOURCE_KINDS.values() for one in kind.settings}


def secret_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each part of any platform's secret."""
    for part in reversed(_PARTS.values()):
        text = f"{part.label} ({', '.join(_kinds_taking(part.name))})."
        command = click.option(_option(part.name), help=text)(command)
    return command


def setting_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each setting that only one platform's sources have."""
    for one in reversed(_SETTINGS.values()):
        text = f"{one.help} ({', '.join(_kinds_taking(one.name))})"
        command = click.option(_option(one.name), help=text)(command)
    return command


def settings_help() -> str:
    """The settings that only one platform's sources have, to stand at the end of a help text."""
    lines = [
        f"  {one.name}={one.example}  ({', '.join(_kinds_taking(one.name))})"
        for one in _SETTINGS.values()
    ]
    return "\n".join(("\b", "Settings of one platform alone:", *lines))


def with_secret(body: _Body[T]) -> _Body[T]:
    """Hand a command the `secret` that its options tell; what was given as - is typed by then.

    Before the body begins, as the loop of events in there would keep Ctrl-C from whoever types.
    """

    @wraps(body)
    def called(**options: object) -> Coroutine[object, object, T]:
        given = {name: options.pop(name) for name in _PARTS}
        secret = {
            name: _typed(_PARTS[name]) if value == "-" else value
            for name, value in given.items()
            if value is not None
        }
        return body(**options, secret=secret)

    return called


def require_taken(kind: str, names: Iterable[str]) -> None:
    """Raises InvalidInput for an option that other kinds of source have and this one has not."""
    for name in names:
        kinds = _kinds_taking(name)
        if kind not in kinds:
            message = f"{_option(name)} is not for {kind} but for {', '.join(kinds)}: leave it out"
            raise InvalidInput(message, field=_option(name))


def _kinds_taking(name: str) -> list[str]:
    return [kind.kind for kind in SOURCE_KINDS.values() if name in _names(kind)]


def _names(kind: SourceKind) -> set[str]:
    return {part.name for part in kind.secret_parts} | {one.name for one in kind.settings}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _typed(part: SecretPart) -> str:
    """A part of a secret from standard input; a person is asked for it, and what is secret hidden."""
    if sys.stdin is not None and sys.stdin.isatty():
        if not part.shown:
            return typed_unseen(f"{part.label}: ").strip()
        click.echo(f"{part.label}: ", nl=False, err=True)
    return _typed_lines().strip()


def _typed_lines() -> str:
    """A line; of a key in PEM all of them."""
    text = line = typed_line()
    if line.startswith("-----BEGIN"):
        while line and not line.startswith("-----END"):
            line = typed_line()
            text += line
    return text
