"""What linters of OpenAPI documents say of ours: nothing, not even a warning."""

import json

from clients.conftest import HERE, Asked, Tool


def test_spectral_has_nothing_to_say(tool: Tool, asked: Asked) -> None:
    strict = ("--fail-severity", "hint", "--ruleset", HERE / "spectral.yaml")
    tool("spectral", "lint", asked.document, *strict)


def test_redocly_has_nothing_to_say(tool: Tool, asked: Asked) -> None:
    told = json.loads(tool("redocly", "lint", asked.document, "--format", "json"))
    assert told["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, told["problems"]


def test_the_locked_file_names_no_host_and_every_tool_by_its_exact_version() -> None:
    locked = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(locked) > 300
    assert [name for name, package in locked.items() if "resolved" in package] == []
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
