"""Shared links over HTTP: one page, frozen, for who does not sign in, and nothing beside it."""

import html
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from web.application import Application, Running
from web.test_rooms import TWO_CLASSES, visit
from web.test_sessions import saw
from web.test_users import run
from web.visitor import Visitor, a_browser, visitor

from rollbook.domain.limits import Limits
from rollbook.service.organizations.keys import create_organization
from rollbook.service.organizations.limits import set_limits

DAYS = "from=2024-01-15&to=2024-01-15"
PERSON, CLASS, SHEET = (
    f"/person?uid=jane&{DAYS}",
    f"/room?id=math-101&{DAYS}",
    f"/room/sheet?id=math-101&{DAYS}",
)


@asynccontextmanager
async def school(running: Running, **settings: str) -> AsyncIterator[tuple[Application, Visitor]]:
    async with running(**settings) as application, visitor(application) as owner:
        await saw(application, *TWO_CLASSES)
        yield application, owner


async def share(owner: Visitor, path: str) -> str:
    """Press Share on a page, and make a link; answers its path and query."""
    page = await owner.open(path)
    (to_form,) = re.findall(r'href="(/share\?[^"]+)"', page)
    await owner.open(html.unescape(to_form))
    fields = {name: html.unescape(owner.hidden(name)) for name in ("of", "query", "until")}
    await owner.press("/share", fields)
    found = re.search(r'id="new-link">([^<]+)', owner.seen)
    assert found
    return html.unescape(found[1]).replace("http://rollbook.test", "")


async def read(application: Application, link: str) -> httpx.Response:
    """Open a link with a browser that was never here."""
    async with a_browser(application) as client:
        answer = await client.get(link)
        assert not client.cookies
        return answer


@pytest.mark.parametrize("path", [PERSON, CLASS, SHEET])
async def test_a_link_shows_its_page_to_whoever_has_it_and_leads_nowhere_else(
    running: Running, path: str
) -> None:
    async with school(running) as (application, owner):
        link = await share(owner, path)
        assert link not in await owner.open("/shared-links"), "it is shown this once"
        answer = await read(application, link)
        assert answer.status_code == 200
        assert "Jane" in answer.text
        assert "Set-Cookie" not in answer.headers
        told = answer.headers
        assert (told["Cache-Control"], told["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert told["X-Robots-Tag"] == "noindex, nofollow"
        assert "default-src 'none'" in told["Content-Security-Policy"]
        assert "<form" not in answer.text
        led = set(re.findall(r'(?:href|src|action)="([^"#]+)', answer.text))
        assert all(one.startswith("/static/") for one in led), led
        # What somebody adds to the address changes nothing.
        other = await read(application, f"{link}&uid=bob&id=art&from=2020-01-01&to=2024-01-16")
        assert _without_clock(other.text) == _without_clock(answer.text)
        assert (await read(application, link + "x")).status_code == 404


def _without_clock(page: str) -> str:
    return re.sub(r"Printed .*? \(", "", page)


async def test_a_link_goes_on_showing_the_days_that_were_shared(running: Running) -> None:
    async with school(running) as (application, owner):
        # A range by its name: a link that would go on with the month is none.
        await owner.open("/share?of=person&uid=jane&range=month", 400)
        page = await owner.open("/person?uid=jane&range=last-month")
        (to_form,) = re.findall(r'href="(/share\?[^"]+)"', page)
        asked = parse_qs(urlsplit(html.unescape(to_form)).query)
        assert asked.keys() == {"of", "uid", "from", "to"}
        link = await share(owner, PERSON)
        await saw(application, replace(visit("jane", 16, "11:00", "12:00"), room="art"))
        assert "1 session," in (await read(application, link)).text


async def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(running: Running) -> None:
    async with school(running) as (application, owner):
        link = await share(owner, PERSON)
        signed = link.partition("link=")[2]
        over = await share(owner, CLASS)
        await run(application, "UPDATE shared_link SET until_at = 1 WHERE page = 'class'")
        ended = await share(owner, SHEET)
        await owner.press("/shared-links/end", {"link": owner.hidden("link")})
        wrong = [over, ended, "/shared", "/shared?link=", "/shared?link=x"]
        wrong += [f"/shared?link={signed[:-1]}", f"/shared?link=A{signed}"]
        answers = [await read(application, one) for one in wrong]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1
        assert {answer.headers["X-Robots-Tag"] for answer in answers} == {"noindex, nofollow"}
        more = [await read(application, f"/shared?link=A{signed}") for _ in range(10)]
        assert more[-1].status_code == 429
        assert (await read(application, link)).status_code == 200, "a right one is never held up"


async def test_who_writes_to_the_database_makes_no_link(running: Running) -> None:
    async with school(running) as (application, owner):
        await share(owner, PERSON)
        services = application.services
        _, key = await create_organization(
            services.organizations, "Hillside", "UTC", services.now()
        )
        token = f"{application.org_id}_{'a' * 32}"
        for forged in (token, f"WyJ{token}.x"):
            assert (await read(application, f"/shared?link={forged}")).status_code == 404
        async with visitor(application, key) as stranger:
            theirs = re.search(r'value="([0-9a-f]{64})"', await owner.open("/shared-links"))
            assert theirs
            assert theirs[1] not in await stranger.open("/shared-links")
            await stranger.open("/account")
            await stranger.press("/shared-links/end", {"link": theirs[1]}, 404)


async def test_openings_are_limited_and_told_and_the_link_stands_in_no_log(
    running: Running, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"ROLLBOOK_ACCESS_LOG": "json", "ROLLBOOK_LOG_LEVEL": "info"}
    # The browser of this test would write down where it goes.
    monkeypatch.setattr(logging.getLogger("httpx"), "disabled", True)
    async with school(running, **settings) as (application, owner):
        link = await share(owner, PERSON)
        signed = link.partition("link=")[2]
        assert (await read(application, link)).status_code == 200
        assert (await read(application, link + "x")).status_code == 404
        changes = await owner.open("/changes")
        assert "Page shared by a link" in changes
        assert "jane" not in changes
        metrics = (await application.client.get("/metrics")).text
        organizations, org_id = application.services.organizations, application.org_id
        await set_limits(organizations, org_id, Limits(requests_per_second=1))
        known: Any = application.services.request_limits._known
        known._memory.clear()
        statuses = [(await read(application, link)).status_code for _ in range(14)]
        assert set(statuses) == {200, 429}
    said = "".join(capfd.readouterr())
    assert "link-opened" in said
    assert '"path": "/shared"' in said or '"path":"/shared"' in said
    for private in (signed, signed.partition(".")[0]):
        assert private not in said
        assert private not in metrics + changes


async def test_an_excuse_is_shown_to_guests_without_its_note(running: Running) -> None:
    async with school(running) as (application, owner):
        headers = {"VF-ORG-ID": application.key}
        excuse = {"from": "2024-01-15", "to": "2024-01-15", "note": "appendix taken out"}
        await application.client.put(
            "/v1/rooms/math-101/roster?from=2024-01-01",
            json={"members": [{"uid": "eve", "name": "Eve"}]},
            headers=headers,
        )
        answer = await application.client.post(
            "/v1/participants/eve/excuses", json=excuse, headers=headers
        )
        assert answer.status_code < 300, answer.text
        assert "appendix" in await owner.open(CLASS.replace("/room?", "/room/print?"))
        shown = (await read(application, await share(owner, CLASS))).text
        assert "excused" in shown
        assert "appendix" not in shown


async def test_a_wrong_day_is_asked_for_again_and_so_is_the_key(running: Running) -> None:
    async with school(running) as (application, owner):
        await owner.open(f"/share?of=person&uid=jane&{DAYS}")
        form = {"of": "person", "query": html.unescape(owner.hidden("query"))}
        for until in ("2020-01-01", "soon"):
            answer = await owner.press("/share", form | {"until": until}, 400)
            assert "Until must be" in answer.text
            assert 'name="until"' in answer.text
        await run(application, "UPDATE sign_in SET proved_at = proved_at - 600000")
        pages: Any = application.services.pages()
        pages.sign_ins.forget()
        answer = await owner.press("/share", form | {"until": owner.hidden("until")}, 403)
        assert "Is it you?" in answer.text
        assert "None." in await owner.open("/shared-links")
