"""Live: many tabs, one question; and nothing is sent that somebody has already."""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from web.application import Application, Running

from rollbook.service.reports import live as live_reports
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.store.reports.use import DatabaseUse
from rollbook.web.http.conditional import has_already, tag_of

TABS = 50


async def signed_in(application: Application) -> httpx.AsyncClient:
    client = application.client
    token = re.search(r'name="token" value="(\w+)"', (await client.get("/sign-in")).text)
    assert token
    form = {"token": token[1], "key": application.key, "next": "/"}
    assert (await client.post("/sign-in", data=form)).status_code == 303
    return client


async def joined(application: Application, uid: str, name: str) -> None:
    event = {
        "id": f"{uid}-joined",
        "type": "participant.joined",
        "time": (datetime.now(UTC) - timedelta(seconds=5)).isoformat(),
        "roomId": "math-101",
        "sessionId": uid,
        "participant": {"uid": uid, "name": name},
    }
    key = {"VF-ORG-ID": application.key}
    answer = await application.client.post("/v1/events", json={"events": [event]}, headers=key)
    assert answer.json()["data"]["results"][0]["status"] == "accepted"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the database was asked who runs, and for the sums of the day."""
    counts: Counter[str] = Counter()
    for store, name in ((DatabaseOverviews, "running"), (DatabaseUse, "whole")):
        own = getattr(store, name)

        async def counted(self: Any, *told: Any, _own: Any = own, _name: str = name) -> Any:
            counts[_name] += 1
            await asyncio.sleep(0.01)
            return await _own(self, *told)

        monkeypatch.setattr(store, name, counted)
    return counts


async def test_all_tabs_of_an_organization_share_one_question(
    running: Running, asked: Counter[str]
) -> None:
    async with running() as application:
        client = await signed_in(application)
        paths = ["/", "/live"] * (TABS // 2)
        answers = await asyncio.gather(*[client.get(path) for path in paths])
        assert {answer.status_code for answer in answers} == {200}
        assert asked == {"running": 1, "whole": 1}


async def test_what_has_not_changed_is_not_sent_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_reports, "LIVE_MS", 0)
    async with running() as application:
        client = await signed_in(application)
        await joined(application, "jane", "Jane Doe")
        first = await client.get("/live")
        tag = first.headers["etag"]
        assert "Jane Doe" in first.text
        assert first.headers["cache-control"] == "no-store"
        again = await client.get("/live", headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        await joined(application, "tim", "Tim Roe")
        changed = await client.get("/live", headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.headers["etag"] != tag
        assert "Tim Roe" in changed.text


async def test_the_page_holds_what_its_script_asks_for(running: Running) -> None:
    async with running() as application:
        client = await signed_in(application)
        await joined(application, "jane", "Jane <b>Doe</b>")
        page, part = await client.get("/"), await client.get("/live")
        assert part.text.strip() in page.text
        assert f'data-tag="{part.headers["etag"].replace(chr(34), "&#34;")}"' in page.text
        assert "Jane &lt;b&gt;Doe" in part.text
        assert "<html" not in part.text
        assert "token" not in part.text


async def test_what_somebody_searches_for_is_shown_to_them_alone(
    running: Running, asked: Counter[str]
) -> None:
    async with running() as application:
        client = await signed_in(application)
        await joined(application, "jane", "Jane Doe")
        await joined(application, "tim", "Tim Roe")
        every, found, compact, none = await asyncio.gather(
            *[client.get(f"/live{query}") for query in ("", "?q=TIM", "?view=compact", "?q=x")]
        )
        assert asked["running"] == 1
        assert [
            ("Jane Doe" in one.text, "Tim Roe" in one.text) for one in (every, found, none)
        ] == [
            (True, True),
            (False, True),
            (False, False),
        ]
        assert "tiles" in compact.text
        assert len({one.headers["etag"] for one in (every, found, compact, none)}) == 4
        page = await client.get("/?view=compact&q=TIM")
        (refresh,) = re.findall('data-refresh="([^"]*)"', page.text)
        assert refresh.startswith("/live?view=compact&amp;q=~")
        part = await client.get(unescape(refresh))
        assert f'data-tag="{part.headers["etag"].replace(chr(34), "&#34;")}"' in page.text


async def test_by_api_it_is_the_same_question(running: Running, asked: Counter[str]) -> None:
    async with running() as application:
        client = await signed_in(application)
        await joined(application, "jane", "Jane Doe")
        key = {"VF-ORG-ID": application.key}
        _, told = await asyncio.gather(client.get("/live"), client.get("/v1/live", headers=key))
        assert asked["running"] == 1
        data = told.json()["data"]
        assert (data["people"], data["cut"]) == (1, False)
        (room,) = data["rooms"]
        assert (room["roomId"], room["people"]) == ("math-101", 1)
        (person,) = room["participants"]
        assert (person["uid"], person["sessions"]) == ("jane", 1)
        assert person["seconds"] == person["mergedSeconds"] >= 5
        nobody = await client.get("/v1/live?q=x", headers=key)
        assert nobody.json()["data"]["rooms"] == []
        lines = (await client.get("/v1/live?format=csv", headers=key)).text.splitlines()
        assert lines[-1].startswith("math-101,")
        book = await client.get("/v1/live?format=xlsx", headers=key)
        assert book.content.startswith(b"PK")


async def test_who_is_not_signed_in_sees_nothing(running: Running) -> None:
    async with running() as application:
        answer = await application.client.get("/live")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


async def test_sums_of_the_day_are_counted_anew_after_a_while(
    running: Running, asked: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_reports, "LIVE_MS", 0)
    monkeypatch.setattr(live_reports, "SUMS_MS", 86_400_000)
    async with running() as application:
        client = await signed_in(application)
        for _ in range(3):
            await client.get("/live")
        assert asked == {"running": 3, "whole": 1}


def test_a_tag_is_known_among_others_weak_or_not() -> None:
    tag = tag_of("x")
    strong = tag.removeprefix("W/")
    for told in (tag, strong, f'"a", {tag}', f'{strong},W/"b"', "*"):
        assert has_already(told, tag)
    for told in ("", '"a"', strong[:-1], tag_of("y")):
        assert not has_already(told, tag)
