"""Lists the licences of what runs, and fails for one that licences.toml does not allow."""

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supply.locked import SPDX, Package, locked

REVIEWED = Path(__file__).with_name("licences.toml")


@dataclass(frozen=True)
class Reviewed:
    """What people decided: licences that are allowed, and what they read where metadata is vague."""

    allowed: frozenset[str]
    read: dict[str, str]
    exceptions: dict[str, dict[str, str]]


def reviewed(file: Path = REVIEWED) -> Reviewed:
    told: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    return Reviewed(frozenset(told["allowed"]), told["read"], told["exceptions"])


def licence_of(package: Package, rules: Reviewed) -> str | None:
    """Return its SPDX expression: as its metadata says, else as somebody read in its files."""
    return package.licence or rules.read.get(package.name)


def troubles(packages: list[Package], rules: Reviewed) -> list[str]:
    """Return what is not allowed, and what was decided of packages for which it no longer holds."""
    found = [trouble for package in packages if (trouble := _trouble(package, rules))]
    by_name = {package.name: package for package in packages}
    for name in rules.read:
        if name not in by_name:
            found.append(f"[read] {name}: is not locked (any more)")
        elif by_name[name].licence:
            found.append(f"[read] {name}: its metadata says it now, take the line away")
    needed = {p.name for p in packages if not _is_allowed(licence_of(p, rules), rules)}
    found += [f"[exceptions] {x}: needs none (any more)" for x in rules.exceptions.keys() - needed]
    return found


def _trouble(package: Package, rules: Reviewed) -> str | None:
    licence = licence_of(package, rules)
    excepted = rules.exceptions.get(package.name)
    if licence is None:
        return (
            f"{package.name}: its licence is unknown, its metadata says: {package.says}. Read its "
            "files and put it into [read] of supply/licences.toml"
        )
    if _is_allowed(licence, rules):
        return None
    if excepted and excepted["licence"] == licence and excepted["reason"].strip():
        return None
    return (
        f"{package.name}: {licence} is not allowed; use another package, or say why in [exceptions]"
    )


def _is_allowed(licence: str | None, rules: Reviewed) -> bool:
    return licence is not None and _holds(SPDX.parse(licence), rules.allowed)


def _holds(expression: Any, allowed: frozenset[str]) -> bool:
    if expression.isliteral:
        return str(expression) in allowed
    parts = (_holds(part, allowed) for part in expression.args)
    return any(parts) if isinstance(expression, SPDX.OR) else all(parts)


def main() -> int:
    rules, packages = reviewed(), locked("otel.txt")
    for package in packages:
        print(f"{package.name:42} {package.version:18} {licence_of(package, rules) or '?'}")
    found = troubles(packages, rules)
    for trouble in found:
        print(trouble, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
