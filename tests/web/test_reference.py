"""The page at /docs: complete, and nothing of it comes from another host."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from rollbook.app import create_app
from rollbook.settings import read_settings
from rollbook.stores import opened_stores

Client = AsyncTestClient[Any]


@pytest.fixture
async def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setenv("ROLLBOOK_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    async with opened_stores(read_settings(), make=True):
        pass  # as `serve` makes it, before its workers open it
    async with AsyncTestClient(create_app()) as client:
        yield client


async def test_everything_that_the_page_names_is_there(client: Client) -> None:
    page = await client.get("/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) == 5
    named.remove("/")  # the way back to the dashboard
    for address in named:
        answer = await client.get(address)
        assert answer.status_code == 200, address
        assert len(answer.content) > 50


@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
        ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        ("/docs/start.js", "text/javascript; charset=utf-8"),
        ("/docs/favicon-32x32.png", "image/png"),
        ("/schema/openapi.json", "application/json"),
    ],
)
async def test_a_file_is_told_as_what_it_is(client: Client, address: str, media_type: str) -> None:
    assert (await client.get(address)).headers["Content-Type"] == media_type


async def test_the_page_asks_for_the_document_of_this_service(client: Client) -> None:
    script = (await client.get("/docs/start.js")).text
    (address,) = re.findall(r'url: "([^"]+)"', script)
    assert (await client.get(address)).json()["info"]["title"] == "Rollbook"


async def test_the_page_lets_a_browser_ask_no_other_host(client: Client) -> None:
    page = await client.get("/docs")
    script = await client.get("/docs/start.js")
    assert "//" not in page.text + script.text
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert not any("http" in rule or "*" in rule for rule in policy)


@pytest.mark.parametrize("name", ["index.html", "swagger-ui.js", "%2e%2e%2f__init__.py"])
async def test_no_other_file_is_served(client: Client, name: str) -> None:
    assert (await client.get(f"/docs/{name}")).status_code == 404
