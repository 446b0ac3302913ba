"""The ways to a provider and back, on pages; the provider is told here (tests/dashboard has a real one)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from web.application import Running
from web.test_users import invite
from web.visitor import Visitor, a_browser, visitor

from rollbook import pages
from rollbook.domain.providers import Challenge, Identity, Provider
from rollbook.service.organizations.provider_ports import AnswerRefused, ProviderUnavailable

ISSUER = "https://id.example"
TYPED = {"issuer": ISSUER, "client_id": "rollbook", "client_secret": "the-secret-of-the-client"}
EMAIL = "ada@school.example"


@dataclass
class Told:
    """Asks nobody, and answers what it was told to (provider_ports.Asked)."""

    away: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)

    def challenge(self) -> Challenge:
        return Challenge("s", "n", "v")

    async def issuer(self, issuer: str) -> str:
        if self.away:
            raise ProviderUnavailable("id.example does not answer: Connection refused")
        return issuer

    async def way_in(self, provider: Provider, challenge: Challenge, back: str, **how: Any) -> str:
        await self.issuer("")
        self.asked.append({"back": back, **how})
        return f"{ISSUER}/authorize?state={challenge.state}"

    async def identity(
        self,
        provider: Provider,
        challenge: Challenge,
        back: str,
        answer: Mapping[str, str],
        **how: Any,
    ) -> Identity:
        del provider, back, how
        if answer.get("state") != challenge.state:
            raise AnswerRefused("not this one")
        return Identity("42", answer["email"], True, frozenset(), "x" * int(answer.get("long", 9)))

    async def way_out(self, provider: Provider, back: str, token: str) -> str | None:
        del provider
        return f"{ISSUER}/out?back={back}&token={len(token)}"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    told = Told()
    monkeypatch.setattr(pages, "_openid", lambda _within: told)
    return told


async def set_up(owner: Visitor) -> None:
    await owner.open("/settings/provider")
    await owner.press("/settings/provider", TYPED)


async def start(client: httpx.AsyncClient, status: int = 200, **typed: str) -> str:
    somebody = Visitor(client)
    await somebody.open("/sign-in")
    form = {"token": somebody.hidden("token"), "email": EMAIL, **typed}
    answer = await client.post("/sign-in/provider", data=form)
    assert answer.status_code == status, answer.text
    return answer.text


async def come_back(
    client: httpx.AsyncClient, email: str = EMAIL, state: str = "s", **more: str
) -> httpx.Response:
    return await client.get("/sign-in/answer", params={"state": state, "email": email, **more})


@pytest.mark.parametrize(
    ("wanted", "onward"),
    [
        ("/people?q=a", "/people?q=a"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
async def test_where_to_go_then_is_a_page_of_this_site(
    running: Running, told: Told, wanted: str, onward: str
) -> None:
    async with running() as application, visitor(application) as owner:
        await set_up(owner)
        await invite(owner)
        async with a_browser(application) as client:
            page = await start(client, next=wanted)
            assert f'content="0; url={ISSUER}/authorize?state=s"' in page
            assert told.asked == [
                {"back": "http://rollbook.test/sign-in/answer", "anew": False, "email": EMAIL}
            ]
            answer = await come_back(client)
            assert (answer.status_code, answer.headers["Location"]) == (303, onward)
            assert (await client.get("/people")).status_code == 200


async def test_the_address_of_an_organization_leads_to_its_provider_at_once(
    running: Running, told: Told
) -> None:
    async with running() as application, visitor(application) as owner:
        await set_up(owner)
        await invite(owner)
        async with a_browser(application) as client:
            await start(client, email="", organization=application.org_id)
            assert (await come_back(client)).status_code == 303


async def test_an_answer_is_taken_once_and_by_who_asked(running: Running, told: Told) -> None:
    async with running() as application, visitor(application) as owner:
        await set_up(owner)
        await invite(owner)
        async with a_browser(application) as client:
            assert (await come_back(client)).status_code == 401, "nobody asked"
            for state in ("x", "s"):
                await start(client)
                assert (await come_back(client, state=state)).status_code == (
                    401 if state == "x" else 303
                )
                assert (await come_back(client)).status_code == 401, "it was answered"
        changes = await owner.open("/changes")
        assert "Provider of sign-ins set" in changes
        assert TYPED["client_secret"] not in changes + await owner.open("/settings/provider")


async def test_it_is_not_told_who_is_a_user_and_guessing_is_slowed(
    running: Running, told: Told
) -> None:
    async with running() as application, visitor(application) as owner:
        await invite(owner)
        async with a_browser(application) as client:
            nobody = await start(client, 401, email="nobody@school.example")
            without = await start(client, 401)
            assert "No school with a sign-in of its own" in nobody
            assert "No school with a sign-in of its own" in without
            assert "Type your e-mail address" in await start(client, 400, email="")
            assert "No school" in await start(client, 401, email="", organization="nobody")
            for _ in range(7):
                await start(client, 401)
            await start(client, 429)
    assert told.asked == []


async def test_signing_out_leads_to_the_provider_for_who_came_by_it(
    running: Running, told: Told
) -> None:
    async with running() as application, visitor(application) as owner:
        await set_up(owner)
        await invite(owner)
        for long, hint in (("9", "9"), ("5000", "0")):
            async with a_browser(application) as client:
                await start(client)
                await come_back(client, long=long)
                ada = Visitor(client)
                await ada.open("/account")
                answer = await client.post("/sign-out", data={"token": ada.hidden("token")})
                out = f"{ISSUER}/out?back=http://rollbook.test/sign-in&amp;token={hint}"
                assert f'content="0; url={out}"' in answer.text
                assert (await client.get("/people")).status_code == 303
        assert (await owner.press("/sign-out", {})).headers["Location"] == "/sign-in"


async def test_a_provider_that_does_not_answer_is_told_and_not_kept(
    running: Running, told: Told
) -> None:
    async with running() as application, visitor(application) as owner:
        told.away = True
        await owner.open("/settings/provider")
        answer = await owner.press("/settings/provider", TYPED, 502)
        assert "id.example does not answer" in answer.text
        assert 'value="rollbook"' in answer.text, "what was typed stays"
        assert TYPED["client_secret"] not in answer.text
        for field_name in ("issuer", "client_id"):
            await owner.open("/settings/provider")
            assert 'value=""' in owner.seen
            await owner.press("/settings/provider", TYPED | {field_name: "é"}, 400)
        told.away = False
        await set_up(owner)
        await invite(owner)
        told.away = True
        async with a_browser(application) as client:
            assert "does not answer" in await start(client, 502)
