"""`rollbook source`, as an operator types it: options, secrets and settings of each platform."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import click
import pytest
from cli.commands import ROLLBOOK, Cli, all_commands, environment
from cli.terminal import Terminal, at_a_terminal
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.settings import settings_of
from support.signing import secret_for

from rollbook.domain.sources import Source
from rollbook.service.platforms import SourceKind
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import opened_stores

SECRET = "s3cret-that-nobody-may-see"
PEM = secret_for("realtimekit")["public_key"] + "\n"
SHORT_PEM = (
    rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - that is the point
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
COMMANDS = dict(all_commands())
of_every_platform = pytest.mark.parametrize("platform", SOURCE_KINDS.values(), ids=SOURCE_KINDS)


@pytest.fixture
def org(sqlite_cli: Cli) -> str:
    """The id of an organization."""
    made: str = sqlite_cli.json("org", "create", "Riverside School")["id"]
    return made


def sources_of(cli: Cli, org: str) -> list[Source]:
    async def found() -> list[Source]:
        settings = settings_of(cli.database_url)
        async with opened_stores(settings) as stores:
            return await stores.organizations.sources(org)

    return asyncio.run(found())


def options_for(platform: SourceKind) -> Iterator[str]:
    for name, value in secret_for(platform.kind).items():
        yield from ("--" + name.replace("_", "-"), value)


def added(cli: Cli, org: str, kind: str, *options: str) -> str:
    source_id: str = cli.json("source", "add", kind, "--org", org, *options)["sourceId"]
    return source_id


# --- what the platforms ask for --------------------------------------------------------------


@of_every_platform
def test_a_platform_is_added_with_the_parts_of_its_secret(
    sqlite_cli: Cli, org: str, platform: SourceKind
) -> None:
    shown = sqlite_cli.prints("source", "add", platform.kind, "--org", org, *options_for(platform))
    (source,) = sources_of(sqlite_cli, org)
    secret = secret_for(platform.kind)
    assert source.secrets == (secret,)
    assert secret.keys() == {part.name for part in platform.secret_parts}
    assert platform.steps in shown
    assert f"https://YOUR-HOST/v1/webhooks/{platform.kind}/{source.source_id}" in shown
    assert f"docs/sources/{platform.kind}.md" in shown
    hidden = [part.name for part in platform.secret_parts if not part.shown]
    assert [name for name in hidden if secret[name] in shown] == []


@pytest.mark.parametrize("command", ["rollbook source add", "rollbook source rotate"])
def test_every_part_of_a_secret_is_an_option_of_its_own(command: str) -> None:
    options = [one for one in COMMANDS[command].params if isinstance(one, click.Option)]
    names = [name for option in options for name in option.opts]
    assert len(names) == len(set(names))
    for platform in SOURCE_KINDS.values():
        for name in list(options_for(platform))[::2]:
            (option,) = [one for one in options if name in one.opts]
            assert platform.kind in re.findall(r"[\w-]+", option.help or "")


@pytest.mark.parametrize("kind", ["zoom", "events"])
def test_what_only_another_platform_takes_is_refused(sqlite_cli: Cli, org: str, kind: str) -> None:
    secret = ("--secret", "s") if kind == "zoom" else ()
    line = sqlite_cli.fails("source", "add", kind, "--org", org, *secret, "--api-secret", "x")
    assert line == f"rollbook: --api-secret is not for {kind} but for livekit: leave it out"
    assert sources_of(sqlite_cli, org) == []


def test_a_new_secret_of_another_platform_is_refused(sqlite_cli: Cli, org: str) -> None:
    source_id = added(sqlite_cli, org, "zoom", "--secret", "the-first-one")
    rotate = ("source", "rotate", source_id, "--org", org, "--secret", "second")
    assert "--value is not for zoom but for 100ms" in sqlite_cli.fails(*rotate, "--value", "x")
    (source,) = sources_of(sqlite_cli, org)
    assert source.secrets == ({"secret": "the-first-one"},)


# --- the server to reconcile with ------------------------------------------------------------

LIVEKIT = ("--api-key", "APIk4v", "--api-secret", SECRET)


def test_adding_livekit_says_what_reconciliation_needs_and_how_to_set_it(
    sqlite_cli: Cli, org: str
) -> None:
    shown = sqlite_cli.prints("source", "add", "livekit", "--org", org, *LIVEKIT)
    assert "Not set: server_url." in shown
    assert "Reconciliation needs it" in shown
    (line,) = [one for one in shown.splitlines() if one.startswith("rollbook source configure")]
    sqlite_cli.prints(*line.split()[1:])
    (source,) = sources_of(sqlite_cli, org)
    assert source.settings == {"server_url": "https://livekit.example:7880"}


def test_the_server_can_be_told_with_the_source(sqlite_cli: Cli, org: str) -> None:
    told = (*LIVEKIT, "--server-url", "wss://live.example/")
    shown = sqlite_cli.prints("source", "add", "livekit", "--org", org, *told)
    (source,) = sources_of(sqlite_cli, org)
    assert source.settings == {"server_url": "wss://live.example"}
    assert "server_url" not in shown


@pytest.mark.parametrize("kind", [*(kind for kind in SOURCE_KINDS if kind != "livekit"), "events"])
def test_a_server_is_refused_for_what_has_none(sqlite_cli: Cli, org: str, kind: str) -> None:
    options = tuple(options_for(SOURCE_KINDS[kind])) if kind in SOURCE_KINDS else ()
    told = (*options, "--server-url", "https://live.example")
    line = sqlite_cli.fails("source", "add", kind, "--org", org, *told)
    assert line == f"rollbook: --server-url is not for {kind} but for livekit: leave it out"
    assert sources_of(sqlite_cli, org) == []


def test_a_server_with_a_password_is_refused_when_it_is_set(sqlite_cli: Cli, org: str) -> None:
    wrong = f"https://ann:{SECRET}@live.example"
    add = ("source", "add", "livekit", "--org", org, *LIVEKIT)
    refused = sqlite_cli.fails(*add, "--server-url", wrong)
    assert sources_of(sqlite_cli, org) == []
    source_id = added(sqlite_cli, org, "livekit", *LIVEKIT)
    configure = ("source", "configure", source_id, "--org", org)
    assert sqlite_cli.fails(*configure, f"server_url={wrong}") == refused
    assert refused.startswith("rollbook: server_url must hold no user name and no password")
    assert SECRET not in refused
    assert "must be the URL of the LiveKit server" in sqlite_cli.fails(*configure, "server_url=x")
    assert json.loads(sqlite_cli.prints(*configure)) == {}


@pytest.mark.parametrize(
    "setting", ["server_url=https://live.example", "server_url=", "colour=red"]
)
def test_a_setting_that_the_platform_does_not_have_is_refused(
    sqlite_cli: Cli, org: str, setting: str
) -> None:
    source_id = added(sqlite_cli, org, "zoom", "--secret", SECRET)
    line = sqlite_cli.fails("source", "configure", source_id, "--org", org, setting)
    assert line == (
        "rollbook: a setting is NAME=VALUE, for zoom NAME is one of "
        "default_role, uid_paths, role_paths, ip_paths, title_paths, role_names, "
        "leave_out_names, leave_out_ids, guests"
    )


def test_sources_of_our_own_only_say_whom_to_leave_out(sqlite_cli: Cli, org: str) -> None:
    source_id = added(sqlite_cli, org, "events")
    configure = ("source", "configure", source_id, "--org", org)
    assert sqlite_cli.fails(*configure, "default_role=ADMIN").endswith(
        "for such a source NAME is one of leave_out_names, leave_out_ids"
    )
    shown = json.loads(sqlite_cli.prints(*configure, "leave_out_names=*Notetaker,Otter*"))
    assert shown == {"leave_out_names": ["*Notetaker", "Otter*"]}


@pytest.mark.parametrize("patterns", ["*", "bot-*,**", "bot-*,", "?"])
def test_a_pattern_that_leaves_out_everybody_is_refused(
    sqlite_cli: Cli, org: str, patterns: str
) -> None:
    source_id = added(sqlite_cli, org, "zoom", "--secret", SECRET)
    setting = f"leave_out_ids={patterns}"
    line = sqlite_cli.fails("source", "configure", source_id, "--org", org, setting)
    assert "leave_out_ids has a pattern without any letter" in line


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("daily", ["--secret", "pass word!"], "secret is not base64"),
        ("daily", ["--secret", "dGhlx"], "secret is not base64"),
        ("realtimekit", ["--public-key", PEM[:80]], "public_key is no RSA public key in PEM"),
        ("100ms", ["--header", "X-Proof: abc", "--value", SECRET], "header is no name of a header"),
        ("100ms", ["--header", "Host", "--value", SECRET], "header is one that everybody sends"),
        ("jitsi", ["--header", "content-TYPE", "--value", SECRET], "is one that everybody sends"),
        ("jitsi", ["--header", "X-Proof", "--value", "geheim"], "value can be guessed"),
        ("jitsi", ["--value", "ein-geheimnis-für-uns", "--header", "X-Proof"], "cannot stand in"),
        ("daily", ["--secret", "c2hvcnQ="], "secret can be guessed"),
        ("zoom", ["--secret", "s3"], "secret can be guessed"),
        ("twilio", ["--secret", "aaaaaaa"], "secret can be guessed"),
        ("livekit", ["--api-secret", "short", "--api-key", "APIk4v"], "api_secret can be guessed"),
        ("realtimekit", ["--public-key", SHORT_PEM], "public_key has 1024 bits"),
    ],
)
def test_a_secret_that_can_prove_nothing_is_refused_when_it_is_entered(
    sqlite_cli: Cli, org: str, kind: str, options: list[str], said: str
) -> None:
    """Each delivery would be refused otherwise, and the reason stand only in the source's health."""
    line = sqlite_cli.fails("source", "add", kind, "--org", org, *options)
    assert said in line
    assert options[1] not in line
    assert sources_of(sqlite_cli, org) == []
    source_id = added(sqlite_cli, org, kind, *options_for(SOURCE_KINDS[kind]))
    assert said in sqlite_cli.fails("source", "rotate", source_id, "--org", org, *options)


def test_guests_of_zoom_go_by_their_name_where_somebody_says_so(sqlite_cli: Cli, org: str) -> None:
    source_id = added(sqlite_cli, org, "zoom", "--secret", SECRET, "--guests", "name")
    configure = ("source", "configure", source_id, "--org", org)
    assert "guests must be name" in sqlite_cli.fails(*configure, "guests=email")
    assert json.loads(sqlite_cli.prints(*configure, "guests=")) == {}


def test_the_settings_of_a_platform_stand_in_the_help(sqlite_cli: Cli) -> None:
    shown = sqlite_cli.prints("source", "configure", "--help")
    for platform in SOURCE_KINDS.values():
        for setting in platform.settings:
            assert f"{setting.name}={setting.example}  ({platform.kind})" in shown


# --- secrets that are typed ------------------------------------------------------------------


def typing(cli: Cli, *arguments: str) -> AbstractContextManager[Terminal]:
    settings = environment(ROLLBOOK_DATABASE_URL=cli.database_url)
    return at_a_terminal(settings, str(ROLLBOOK), *arguments)


def secrets_in(cli: Cli, org: str) -> Any:
    (source,) = sources_of(cli, org)
    return source.secrets


def test_a_secret_is_asked_for_at_a_terminal_and_never_shown(sqlite_cli: Cli, org: str) -> None:
    typed = ("--api-key", "-", "--api-secret", "-")
    with typing(sqlite_cli, "source", "add", "livekit", "--org", org, *typed) as terminal:
        terminal.shows("API key: ")
        terminal.types("APIk4v\n")
        terminal.shows("API secret: ")
        terminal.types(f"{SECRET}\n")
        assert terminal.ends() == 0
    assert "API key: APIk4v" in terminal.screen
    assert SECRET not in terminal.screen
    assert secrets_in(sqlite_cli, org) == ({"api_key": "APIk4v", "api_secret": SECRET},)


def test_a_new_secret_is_asked_for_as_well(sqlite_cli: Cli, org: str) -> None:
    source_id = added(sqlite_cli, org, "zoom", "--secret", "the-first-one")
    rotate = ("source", "rotate", source_id, "--org", org, "--secret", "-")
    with typing(sqlite_cli, *rotate) as terminal:
        terminal.shows("Secret: ")
        terminal.types(f"{SECRET}\n")
        assert terminal.ends() == 0
    assert SECRET not in terminal.screen
    assert secrets_in(sqlite_cli, org) == ({"secret": SECRET}, {"secret": "the-first-one"})


def test_all_lines_of_a_public_key_are_typed_at_a_terminal(sqlite_cli: Cli, org: str) -> None:
    add = ("source", "add", "realtimekit", "--org", org, "--public-key", "-")
    with typing(sqlite_cli, *add) as terminal:
        terminal.shows("Public key: ")
        terminal.types(PEM)
        assert terminal.ends() == 0
    assert secrets_in(sqlite_cli, org) == ({"public_key": PEM.strip()},)


@pytest.mark.parametrize(
    ("keys", "code", "said"),
    [
        ("\x03", 130, "rollbook: interrupted"),
        ("\x04", 1, "rollbook: --secret is required for zoom"),
        ("\n", 1, "rollbook: --secret is required for zoom"),
    ],
    ids=["Ctrl-C", "Ctrl-D", "nothing"],
)
def test_who_types_no_secret_after_all_adds_nothing(
    sqlite_cli: Cli, org: str, keys: str, code: int, said: str
) -> None:
    add = ("source", "add", "zoom", "--org", org, "--secret", "-")
    with typing(sqlite_cli, *add) as terminal:
        terminal.shows("Secret: ")
        terminal.types(keys)
        assert terminal.ends() == code
    assert said in terminal.screen
    assert "Traceback" not in terminal.screen
    assert sources_of(sqlite_cli, org) == []


def test_a_secret_that_is_piped_in_is_not_asked_for(sqlite_cli: Cli, org: str) -> None:
    add = ("source", "add", "zoom", "--org", org, "--secret", "-")
    done = sqlite_cli(*add, stdin=f"{SECRET}\n")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Secret" not in done.stdout
    assert secrets_in(sqlite_cli, org) == ({"secret": SECRET},)


def test_several_parts_are_piped_in_line_by_line(sqlite_cli: Cli, org: str) -> None:
    add = ("source", "add", "100ms", "--org", org, "--value", "-", "--header", "-")
    assert sqlite_cli(*add, stdin=f"X-Proof\n{SECRET}\n").exit_code == 0
    assert secrets_in(sqlite_cli, org) == ({"header": "X-Proof", "value": SECRET},)


def test_a_public_key_is_piped_in_to_its_last_line(sqlite_cli: Cli, org: str) -> None:
    add = ("source", "add", "realtimekit", "--org", "-", "--public-key", "-")
    assert sqlite_cli(*add, stdin=f"{PEM}{org}\n").exit_code == 0
    assert secrets_in(sqlite_cli, org) == ({"public_key": PEM.strip()},)
