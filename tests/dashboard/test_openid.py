"""Signing in through a real provider of OpenID Connect, in a real browser."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pytest
from dashboard.conftest import School
from playwright.sync_api import BrowserContext, Cookie, Page, expect
from support.node import install, require_node

HERE = Path(__file__).parents[1] / "openid"
KNOWN = "known@school.example"
"""Somebody who is invited in every test."""
CLIENT = ("rollbook", "a secret & of tests")


@dataclass
class Provider:
    """A provider that runs, and a school whose people sign in by it."""

    issuer: str
    org_id: str
    key: str
    rollbook: Callable[..., str]
    commands: IO[str]
    answers: IO[str]
    is_set_up: bool = False

    def tell(self, command: str) -> None:
        """Have the provider do something (provider.mjs)."""
        self.commands.write(f"{command}\n")
        self.commands.flush()
        assert self.answers.readline() == "done\n"

    def invited(self, email: str, role: str = "viewer") -> str:
        """The link of a new user."""
        told = self.rollbook(
            *("user", "add", "--org", self.org_id, "--email", email, "--role", role, "--json")
        )
        return str(json.loads(told)["link"])


@pytest.fixture(scope="module")
def provider(school: School) -> Iterator[Provider]:
    require_node("providers of OpenID Connect")
    install(HERE)
    process = subprocess.Popen(
        ["node", "provider.mjs", f"{school.url}/sign-in/answer", f"{school.url}/sign-in"],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    with process:
        issuer = process.stdout.readline().strip()
        made = json.loads(school.rollbook("org", "create", "Provided School", "--json"))
        key = made["orgId"]
        org_id = key.split("_")[1]
        yield Provider(issuer, org_id, key, school.rollbook, process.stdin, process.stdout)
        process.stdin.close()


@pytest.fixture
def set_up(provider: Provider) -> Provider:
    """The school has the provider, with roles by hand, and nobody spoils what it says."""
    provider.tell("spoil")
    if not provider.is_set_up:
        provider.rollbook(
            *("org", "set-provider", provider.org_id, "--issuer", provider.issuer),
            *("--client-id", CLIENT[0], "--client-secret", CLIENT[1]),
        )
        provider.invited(KNOWN)
        provider.is_set_up = True
    return provider


def start(page: Page, email: str) -> None:
    """Go to the provider from the page of the sign-in."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Use my school account").click()


def at_provider(page: Page, account: str) -> None:
    """Say there who one is."""
    page.locator("input[name=login]").fill(account)
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()


def come(page: Page, email: str, account: str = "") -> None:
    start(page, email)
    at_provider(page, account or email)


def is_in(page: Page) -> None:
    expect(page.get_by_role("heading", name="Live now")).to_be_visible()


def keep(context: BrowserContext, cookies: Sequence[Cookie]) -> None:
    """Bring cookies that were copied before."""
    for one in cookies:
        told = {name: one.get(name) for name in ("name", "value", "domain", "path")}
        context.add_cookies([cast("Any", told)])


def refused(page: Page, why: str) -> None:
    expect(page.get_by_role("alert")).to_contain_text(why)
    assert page.request.get("/people", max_redirects=0).status in {302, 303}


def test_the_first_sign_in_is_by_invitation_and_the_next_by_the_account(
    context: BrowserContext, set_up: Provider
) -> None:
    page = context.new_page()
    page.goto(set_up.invited("first@school.example"))
    page.get_by_role("button", name="Use my school account").click()
    # By which account is the provider's to say: the link is what invites.
    at_provider(page, "?other-name@school.example")
    is_in(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    come(page, "first@school.example", "?other-name@school.example")
    is_in(page)
    told = set_up.rollbook("audit", "--org", set_up.org_id)
    assert "user-joined" in told
    assert CLIENT[1] not in told


def test_signing_out_ends_both_sessions(context: BrowserContext, set_up: Provider) -> None:
    page = context.new_page()
    come(page, KNOWN)
    is_in(page)
    copied = context.cookies()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_label("Organization key")).to_be_visible()
    assert page.url.startswith(f"{page.url.partition('/sign-in')[0]}/sign-in")
    # Nor does a copy of the cookies lead in again, at either end.
    keep(context, copied)
    page.goto("/people")
    expect(page.get_by_label("Organization key")).to_be_visible()
    start(page, KNOWN)
    expect(page.locator("input[name=login]")).to_be_visible()


def test_who_was_invited_by_an_address_that_is_verified_comes_in_and_nobody_else(
    context: BrowserContext, set_up: Provider
) -> None:
    set_up.invited("ada@school.example")
    page = context.new_page()
    come(page, "ada@school.example", "?ada@school.example")
    refused(page, "nobody invited you here")
    context.clear_cookies()
    come(page, "ada@school.example", "stranger@school.example")
    refused(page, "nobody invited you here")
    context.clear_cookies()
    come(page, "ada@school.example")
    is_in(page)
    # From now on it is this account, whoever has the address.
    context.clear_cookies()
    set_up.tell('spoil sub "another"')
    come(page, "ada@school.example")
    refused(page, "Somebody else at your provider")


def test_an_answer_is_taken_once_in_its_own_browser_and_unchanged(
    context: BrowserContext, set_up: Provider
) -> None:
    page = context.new_page()
    answers: list[str] = []
    page.on(
        "request", lambda one: answers.append(one.url) if "/sign-in/answer" in one.url else None
    )
    start(page, KNOWN)
    way = context.cookies()
    at_provider(page, KNOWN)
    is_in(page)
    (answer,) = answers
    for cookies, changed in (
        ([], answer),  # another browser
        (way, answer.replace("state=", "state=x")),
        (way, answer.replace("iss=http", "iss=https")),
        (way, answer.partition("&iss=")[0]),
        (way, answer),  # the cookie was copied, but the provider took the code already
    ):
        context.clear_cookies()
        keep(context, cookies)
        page.goto(changed)
        refused(page, "")
    context.clear_cookies()
    page.goto("/sign-in/answer")
    refused(page, "That took too long")


def test_a_token_that_is_not_right_lets_nobody_in(
    context: BrowserContext, set_up: Provider
) -> None:
    page = context.new_page()
    for spoilt, why in {
        'aud "another"': "invalid_claim",
        'nonce "another"': "invalid_claim",
        'iss "https://evil.example"': "invalid_claim",
        'azp "another"': "invalid_claim",
        "exp 1": "expired_token",
    }.items():
        set_up.tell(f"spoil {spoilt}")
        start(page, KNOWN)
        # Who is signed in at the provider already is not asked there again.
        if (
            page.locator("input[name=login]")
            .or_(page.get_by_role("alert"))
            .first.get_attribute("name")
        ):
            at_provider(page, KNOWN)
        refused(page, f"is not right: {why}")


def test_a_provider_may_change_its_keys_at_any_time(
    context: BrowserContext, set_up: Provider
) -> None:
    page = context.new_page()
    for _ in range(2):
        come(page, KNOWN)
        is_in(page)
        context.clear_cookies()
        set_up.tell("rotate")


def test_who_came_by_a_provider_shows_there_once_more_who_they_are(
    context: BrowserContext, set_up: Provider
) -> None:
    set_up.invited("boss@school.example", "owner")
    page = context.new_page()
    come(page, "boss@school.example")
    is_in(page)
    for _ in range(2):
        page.goto("/users")
        page.get_by_label("Name").fill("Nora")
        page.get_by_label("E-mail").fill("nora@school.example")
        page.get_by_role("button", name="Make a link").click()
        if page.get_by_role("heading", name="Is it you?").count():
            page.get_by_role("button", name="my school account").click()
            at_provider(page, "boss@school.example")
            is_in(page)
    expect(page.get_by_role("heading", name="The link of the invitation")).to_be_visible()


def test_a_claim_gives_the_role_and_takes_it_away(
    context: BrowserContext, provider: Provider
) -> None:
    provider.tell("spoil")
    provider.is_set_up = False
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Organization key").fill(provider.key)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/settings/provider")
    for label, value in {
        "Issuer": f"{provider.issuer}/",
        "Client id": CLIENT[0],
        "Client secret": CLIENT[1],
        "Claim": "groups",
        "Value for owner": "admins",
        "Value for viewer": "staff",
    }.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. The provider answered.")).to_be_visible()
    provider.invited("role@school.example")
    for groups, may in (("staff", 403), ("staff admins", 200), ("staff", 403)):
        context.clear_cookies()
        provider.tell(f"groups {groups}")
        come(page, "role@school.example")
        is_in(page)
        assert page.request.get("/users").status == may
    context.clear_cookies()
    provider.tell("groups pupils")
    come(page, "role@school.example")
    refused(page, "gives you no role here")
