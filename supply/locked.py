"""What a file of `requirements/` locks, as it is installed here: versions, hashes, licences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from license_expression import (  # type: ignore[import-untyped]  # it comes without types
    ExpressionError,
    get_spdx_licensing,
)
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
SPDX = get_spdx_licensing()
"""Reads expressions of licences."""


@dataclass(frozen=True)
class Package:
    """One package that runs: `hashes` are those of its files (SHA-256), any of which is taken."""

    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str | None
    """What its metadata says, if that is an SPDX expression."""
    says: str
    """Whatever its metadata says of licences, for people."""


class NotInstalledError(Exception):
    """What is locked is not what is installed, so that nothing can be said of it."""


def locked(file: str) -> list[Package]:
    """Return the packages that a file locks for this machine; raise NotInstalledError."""
    text = (REQUIREMENTS / file).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return list(_packages(lines))


def _packages(lines: list[str]) -> Iterator[Package]:
    for line in lines:
        requirement = Requirement(line.partition(" --hash=")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate():
            yield _package(requirement, tuple(_HASH.findall(line)))


def needed_by(name: str) -> tuple[str, ...]:
    """Return the packages that an installed one asks for here, without its extras."""
    asked = [Requirement(text) for text in distribution(name).requires or ()]
    here = [r for r in asked if r.marker is None or r.marker.evaluate({"extra": ""})]
    return tuple(sorted({canonicalize_name(r.name) for r in here}))


def _package(requirement: Requirement, hashes: tuple[str, ...]) -> Package:
    name = canonicalize_name(requirement.name)
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise NotInstalledError(f"{name} is not installed: `make install` brings it") from None
    if found.version not in requirement.specifier:
        raise NotInstalledError(f"{name} {found.version} is installed, not {requirement}")
    return Package(name, found.version, hashes, _expression(found), _said(found))


def _expression(found: Distribution) -> str | None:
    for field in ("License-Expression", "License"):
        for said in found.metadata.get_all(field) or []:
            if expression := _spdx(said):
                return expression
    return None


def _spdx(said: str) -> str | None:
    try:
        return str(SPDX.parse(said, validate=True, strict=True))
    except ExpressionError:
        return None


def _said(found: Distribution) -> str:
    fields = found.metadata.get_all("License") or []
    classifiers = found.metadata.get_all("Classifier") or []
    told = [field.strip().partition("\n")[0] for field in fields]
    told += [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License")]
    return "; ".join(told) or "nothing"
