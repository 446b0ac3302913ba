"""`rollbook org`: organizations and their keys."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.options import json_option
from rollbook.cli.org_keeping import delete, set_addresses, set_retention
from rollbook.cli.org_provider import set_provider
from rollbook.cli.output import print_rows
from rollbook.cli.running import command_body, find_organization, typed_value
from rollbook.domain.attendance import RULE_BOUNDS, AskedRule, RuleFrom, rule_of
from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import optional_text, to_text
from rollbook.domain.limits import MOST, MOST_PER_SECOND, Intake, Limits, spans_of
from rollbook.domain.organizations import key_hash, key_id
from rollbook.domain.period import end_of_day, parse_day, time_zone
from rollbook.domain.scopes import EVERY_SCOPE, Scope, checked_scopes
from rollbook.service.organizations import keys, limits, settings
from rollbook.service.organizations.said import Speaker, set_attendance_rule
from rollbook.settings import read_settings
from rollbook.stores import clock

_organization = click.argument("org_reference", metavar="ORG_ID")


@click.group()
def org() -> None:
    """Organizations and the keys (VF-ORG-ID) that open them.

    \b
    Example:
      rollbook org create "Riverside School" --timezone Europe/Paris
    """


for _command in (set_retention, set_addresses, set_provider, delete):
    org.add_command(_command)


@org.command()
@click.argument("name")
@click.option("--timezone", default="UTC", show_default=True, help="IANA zone of its days.")
@json_option
@command_body
async def create(name: str, timezone: str, as_json: bool) -> None:
    """Create an organization; its VF-ORG-ID is shown this once.

    \b
    Example:
      rollbook org create "Riverside School" --timezone Europe/Paris --json
    """
    async with opened_stores(read_settings(), make=True) as stores:
        created, key = await keys.create_organization(stores.organizations, name, timezone, clock())
    if as_json:
        click.echo(json.dumps({"orgId": key, "id": created.org_id}))
        return
    click.echo(f"Created organization {created.org_id} ({created.name}, {created.time_zone}).")
    _show_key(key)


@org.command("list")
@json_option
@command_body
async def list_(as_json: bool) -> None:
    """List the organizations.

    \b
    Example:
      rollbook org list --json
    """
    async with opened_stores(read_settings()) as stores:
        organizations = await stores.organizations.organizations()
    rows = [
        {
            "id": organization.org_id,
            "name": organization.name,
            "timezone": organization.time_zone,
            "creditRule": str(organization.credit_rule),
            "hasSource": organization.has_source,
        }
        for organization in organizations
    ]
    print_rows(rows, as_json)


@org.command()
@_organization
@click.argument("name")
@command_body
async def rename(org_reference: str, name: str) -> None:
    """Give an organization another name.

    \b
    Example:
      rollbook org rename gtjoozxa3j "Riverside College"
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        await settings.rename(stores.organizations, organization.org_id, name)
    click.echo(f"Renamed organization {organization.org_id} to {name}.")


@org.command("set-timezone")
@_organization
@click.argument("timezone")
@command_body
async def set_timezone(org_reference: str, timezone: str) -> None:
    """Set the zone whose days the reports use; running services follow within seconds.

    \b
    Example:
      rollbook org set-timezone gtjoozxa3j America/New_York
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        await settings.set_time_zone(stores.organizations, organization.org_id, timezone)
    click.echo(f"Organization {organization.org_id} now counts its days in {timezone}.")


@org.command("set-locale")
@_organization
@click.argument("locale", default="")
@command_body
async def set_locale(org_reference: str, locale: str) -> None:
    """Set as in which place pages write dates, times of day and numbers: en_GB, pt_BR.

    Weeks begin there as they do in that place. Without LOCALE they are as everywhere: 24 Nov 2026,
    21:05, weeks from Monday. Files and the API stay as they are.

    \b
    Example:
      rollbook org set-locale gtjoozxa3j en_US
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        await settings.set_locale(stores.organizations, organization.org_id, locale)
    told = f"as in {locale}" if locale else "as everywhere"
    click.echo(f"Pages of organization {organization.org_id} write dates and numbers {told}.")


@org.command("set-timeout", context_settings={"ignore_unknown_options": True})  # such as -1
@_organization
@click.argument("hours", type=float)
@command_body
async def set_timeout(org_reference: str, hours: float) -> None:
    """Set how many hours a session may be open before upkeep closes it; 0 is for ever.

    \b
    Example:
      rollbook org set-timeout gtjoozxa3j 12
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        await settings.set_session_timeout(stores.organizations, organization.org_id, hours)
    allowed = f"at most {hours:g} hours" if hours else "for ever"
    click.echo(f"Sessions of organization {organization.org_id} are open {allowed}.")


def _of_rule(name: str, help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    least, most = RULE_BOUNDS[name]
    return click.option(f"--{name}", type=click.IntRange(least, most), metavar="N", help=help_text)


@org.command("set-attendance")
@_organization
@_of_rule("share", "Percent of a class that makes somebody present.")
@_of_rule("late", "Minutes that are forgiven at the beginning.")
@_of_rule("early", "Minutes that are forgiven at the end.")
@_of_rule("gap", "Minutes with less than half of the people after which another class began.")
@click.option("--usual", is_flag=True, help="Go back to the usual rule.")
@command_body
async def set_attendance(org_reference: str, usual: bool, **told: int | None) -> None:
    """Set by which rule attendance is judged in all rooms that have none of their own.

    What is not told stays as it is. Classes gone by are judged by it too. Without options, says what
    is set.

    \b
    Example:
      rollbook org set-attendance gtjoozxa3j --share 60 --late 5
    """
    asked = AskedRule(**told)
    if usual and asked.told:
        raise InvalidInput("--usual goes with no other option")
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        org_id, sayings = organization.org_id, stores.sayings
        wanted = rule_of(asked, organization=(await sayings.rules(org_id)).organization)
        if usual or wanted.whence is RuleFrom.REQUEST:
            speaker = Speaker("command line", clock())
            rule = None if usual else wanted.rule
            await set_attendance_rule(stores.organizations, org_id, None, rule, speaker)
        rule = rule_of(AskedRule(), organization=(await sayings.rules(org_id)).organization).rule
    click.echo(
        f"In organization {org_id}, who is there for {rule.share} % of a class is present; late "
        f"is beyond {rule.late} minutes, early beyond {rule.early}; another class begins after a "
        f"pause of {rule.gap}."
    )


_most = click.IntRange(0, MOST)


@org.command("set-limits")
@_organization
@click.option(
    "--requests-per-second",
    type=click.IntRange(0, MOST_PER_SECOND),
    metavar="N",
    help="Requests with a key and for pages; ten seconds' worth may come at once.",
)
@click.option("--events-per-day", type=_most, metavar="N", help="Events in a day, UTC.")
@click.option("--events-per-month", type=_most, metavar="N", help="Events in a month, UTC.")
@click.option("--bytes-per-day", type=_most, metavar="N", help="Bytes of events in a day.")
@click.option("--bytes-per-month", type=_most, metavar="N", help="Bytes of events in a month.")
@json_option
@command_body
async def set_limits(org_reference: str, as_json: bool, **said: int | None) -> None:
    """Set how often an organization may ask, and how much it may bring in; 0 is without end.

    Events and the bytes of their payloads are counted from the first quota on. Without options, says
    what is set, and what came in of the day and the month that go on.

    \b
    Example:
      rollbook org set-limits gtjoozxa3j --requests-per-second 50 --events-per-day 200000
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        org_id, store = organization.org_id, stores.limits
        set_now = Limits(**said)
        if set_now != Limits():
            wanted = set_now.over(await store.limits(org_id))
            await limits.set_limits(stores.organizations, org_id, wanted)
        known = await store.limits(org_id)
        spans = spans_of(clock())
        intake = await store.intake(org_id, spans)
    print_rows(_limit_rows(known, [intake.get(span, Intake()) for span in spans]), as_json)


def _limit_rows(known: Limits, intake: list[Intake]) -> list[dict[str, object]]:
    day, month = intake
    counted = (None, day.events, month.events, day.bytes, month.bytes)
    return [
        {"limit": name.replace("_", " "), "most": most, "now": now}
        for (name, most), now in zip(asdict(known).items(), counted, strict=True)
    ]


@org.group()
def key() -> None:
    """Keys (VF-ORG-ID) of an organization; several can work at a time.

    \b
    Example, to replace a key without an interruption:
      rollbook org key add gtjoozxa3j --label "since January"
      rollbook org key revoke gtjoozxa3j 3f2a9c51d07b
    """


@key.command()
@_organization
@click.option("--label", default="", help="What the key is for.")
@click.option(
    "--value",
    callback=typed_value,
    help="A key that clients already have, instead of a new one; - reads it from standard input.",
)
@click.option("--force", is_flag=True, help="Take it even if it can be guessed.")
@click.option(
    "--scope",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; several may be told. Without: everything.",
)
@click.option("--expires", metavar="DAY", help="The last day on which it works: 2027-07-31.")
@json_option
@command_body
async def add(
    org_reference: str, *, value: str | None, force: bool, as_json: bool, **told: Any
) -> None:
    """Add a key; it is shown this once.

    With `read` it asks what the ledger says, with `ingest` it brings events in, with `admin` it changes
    the organization.

    With --value - it is the VF-ORG-ID that clients already send, say to another service: it goes on
    working for them here. Keep it as secret as any key.

    \b
    Example:
      rollbook org key add gtjoozxa3j --label "student portal" --scope read --json
      rollbook org key add gtjoozxa3j --value - < former-key.txt
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        org_id, now = organization.org_id, clock()
        terms = _terms(organization.time_zone, **told)
        if value is not None:
            await keys.adopt_key(stores.organizations, org_id, (value, terms), now, weak=force)
            _tell_taken(key_id(key_hash(value)), as_json)
            return
        added = await keys.add_key(stores.organizations, org_id, terms, now)
    if as_json:
        click.echo(json.dumps({"orgId": added}))
    else:
        _show_key(added)


@key.command("list")
@_organization
@json_option
@command_body
async def list_keys(org_reference: str, as_json: bool) -> None:
    """List the keys of an organization, by their ids: the keys themselves are not kept.

    \b
    Example:
      rollbook org key list gtjoozxa3j
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        keys = await stores.organizations.keys(organization.org_id)
    rows = [
        {
            "id": known.key_id,
            "label": known.label,
            "scopes": " ".join(sorted(known.scopes)),
            "createdAt": to_text(known.created_at),
            "expiresAt": optional_text(known.expires_at),
            "usedAt": optional_text(known.used_at),
            "revokedAt": optional_text(known.revoked_at),
        }
        for known in keys
    ]
    print_rows(rows, as_json)


@key.command()
@_organization
@click.argument("key_id")
@command_body
async def revoke(org_reference: str, key_id: str) -> None:
    """End a key for good; running services refuse it within five seconds.

    \b
    Example:
      rollbook org key revoke gtjoozxa3j 3f2a9c51d07b
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        await keys.revoke_key(stores.organizations, organization.org_id, key_id, clock())
    click.echo(f"Revoked key {key_id}.")


def _terms(zone: str, label: str, scope: Sequence[str], expires: str | None) -> keys.KeyTerms:
    """What a key may do, and until when: the end of a day in a time zone. Raises InvalidInput."""
    scopes = checked_scopes(scope) if scope else EVERY_SCOPE
    if expires is None:
        return keys.KeyTerms(label, scopes)
    last = parse_day(expires, time_zone(zone), "--expires")
    return keys.KeyTerms(label, scopes, end_of_day(last, zone))


def _tell_taken(known_as: str, as_json: bool) -> None:
    """Whoever gave the key has it: only its name is told."""
    click.echo(json.dumps({"id": known_as}) if as_json else f"Added key {known_as}.")


def _show_key(key_value: str) -> None:
    click.echo(f"VF-ORG-ID: {key_value}")
    click.echo("Keep it now: it is a secret, and it cannot be shown again.", err=True)
