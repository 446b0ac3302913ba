"""Tells the known vulnerabilities of what runs, where a database of them can be reached.

`--strict` fails for one; without it nothing fails, so that `make check` says of the same commit
tomorrow what it says today.
"""

import json
import subprocess
import sys
from typing import Any

from supply.locked import REQUIREMENTS

SECONDS = 10
"""How long the database is waited for, each time that it is asked."""
_ASKED = ("--require-hashes", "--disable-pip", "--no-deps", "--progress-spinner", "off")


def answered(*options: str) -> list[dict[str, Any]] | None:
    """Return what pip-audit says of each package, or None where its database said nothing."""
    try:
        told: list[dict[str, Any]] = json.loads(_said(*options))["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    # A mirror that has packages but no database answers that it knows none of them.
    return told if any("vulns" in package for package in told) else None


def _said(*options: str) -> str:
    command = [sys.executable, "-m", "pip_audit", "-f", "json", "--timeout", str(SECONDS), *_ASKED]
    command += ["-r", str(REQUIREMENTS / "otel.txt"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def lines(told: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return what is known, and which packages nothing could be learned of."""
    known = [
        f"{package['name']} {package['version']}: {found['id']}"
        f" (mended in {', '.join(found['fix_versions']) or 'no release yet'})"
        for package in told
        for found in package.get("vulns", ())
    ]
    return known, [package["name"] for package in told if "vulns" not in package]


def main(*options: str) -> int:
    strict = "--strict" in options
    told = answered(*(option for option in options if option != "--strict"))
    if told is None:
        print("Known vulnerabilities: no database could be reached, so nothing is known of any.")
        return 0
    known, unasked = lines(told)
    for line in known:
        print(line, file=sys.stderr)
    if unasked:
        print(f"Nothing could be learned of: {', '.join(unasked)}")
    print(f"Known vulnerabilities: {len(known)}, of {len(told) - len(unasked)} packages.")
    return 1 if known and strict else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
