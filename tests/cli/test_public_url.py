"""ROLLBOOK_PUBLIC_URL: what it may be, and that commands tell whole addresses with it."""

import json

import pytest
from cli.commands import Cli

from rollbook.domain.errors import InvalidInput
from rollbook.settings import read_settings

NAME = "ROLLBOOK_PUBLIC_URL"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("", ""),
        ("https://rollbook.example.com", "https://rollbook.example.com"),
        ("https://rollbook.example.com/", "https://rollbook.example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://[2001:db8::7]:8443/ledger/of/ours/", "https://[2001:db8::7]:8443/ledger/of/ours"),
    ],
)
def test_it_is_an_address_and_may_have_a_prefix(value: str, kept: str) -> None:
    assert read_settings({NAME: value}).public_url == kept


@pytest.mark.parametrize(
    "value",
    [
        "rollbook.example.com",
        "//rollbook.example.com",
        "ftp://rollbook.example.com",
        "HTTPS://rollbook.example.com",
        "https://",
        "https:///ledger",
        "https://:8443",
        "https://h:http",
        "https://h:0",
        "https://h:65536",
        "https://[::1",
        "https://h?",
        "https://h?a=b",
        "https://h#",
        "https://ann:secret@h",
        "https://h/a b",
        "https://h/\n",
        "https://h/<b>",
        " https://h",
    ],
)
def test_what_is_no_address_is_refused_by_the_setting_s_name(value: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{NAME} must be an address like https://") as refused:
        read_settings({NAME: value})
    assert refused.value.field == NAME


def test_a_command_refuses_it_before_anything_is_done(sqlite_cli: Cli) -> None:
    line = sqlite_cli.fails("check", settings={NAME: "rollbook.example.com"})
    assert line.startswith(f"rollbook: {NAME} must be an address")


def test_a_source_is_added_with_its_whole_address_where_that_is_known(sqlite_cli: Cli) -> None:
    org_id = sqlite_cli.json("org", "create", "School")["orgId"]
    told = {NAME: "https://rollbook.example.com/ledger/"}
    livekit = (
        "source",
        "add",
        "livekit",
        "--org",
        org_id,
        "--api-key",
        "k",
        "--api-secret",
        "k-secret",
    )
    shown = sqlite_cli(*livekit, settings=told).stdout
    url = f"https://rollbook.example.com/ledger/v1/webhooks/livekit/{shown.split()[2]}"
    assert f"Its events go to: {url}\n" in shown
    assert f"    - {url}\n" in shown
    assert "YOUR-HOST" not in shown
    added = json.loads(sqlite_cli(*livekit, "--json", settings=told).stdout)
    assert added["webhookUrl"] == f"/v1/webhooks/livekit/{added['sourceId']}"


def test_without_it_only_the_path_is_known(sqlite_cli: Cli) -> None:
    org_id = sqlite_cli.json("org", "create", "School")["orgId"]
    shown = sqlite_cli.prints(
        "source", "add", "daily", "--org", org_id, "--secret", "bm93IHRoaXMgaXMgbG9uZyBlbm91Z2g="
    )
    assert f"Its events go to: /v1/webhooks/daily/{shown.split()[2]}\n" in shown
