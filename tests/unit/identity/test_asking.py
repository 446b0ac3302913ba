"""Providers are asked shortly, by https, and nobody within the own network is."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientTimeout, web

from rollbook.identity.asking import Asking, is_public
from rollbook.service.organizations.provider_ports import ProviderUnavailable

HERE = Asking({"127.0.0.1"})


@asynccontextmanager
async def answering(answer: Callable[[], web.Response]) -> AsyncIterator[tuple[str, list[str]]]:
    """The address of a server that answers so, and what it was asked."""
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path} {await request.text()}".strip())
        return answer()

    application = web.Application()
    application.router.add_route("*", "/{any:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def test_json_is_asked_for_and_forms_are_sent() -> None:
    async with answering(lambda: web.json_response({"a": 1})) as (address, asked):
        assert await HERE.json(f"{address}/x") == {"a": 1}
        assert await HERE.json(f"{address}/x", "code=1") == {"a": 1}
    assert asked == ["GET /x", "POST /x code=1"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=302, headers={"Location": "/elsewhere"}),
        lambda: web.Response(status=500),
        lambda: web.Response(text="no json"),
        lambda: web.Response(text="[]"),
        lambda: web.Response(body=b" " * 600_000 + b"{}"),
    ],
    ids=["elsewhere", "fault", "text", "list", "long"],
)
async def test_what_makes_no_sense_is_told_without_its_text(
    answer: Callable[[], web.Response],
) -> None:
    async with answering(answer) as (address, asked):
        with pytest.raises(ProviderUnavailable, match=r"^127\.0\.0\.1 "):
            await HERE.json(f"{address}/x")
    assert len(asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "https://localhost:{port}/",
        "https://127.1:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f.1:{port}/",
        "https://[::1]:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://0.0.0.0:{port}/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/",
        "file:///etc/passwd",
        "https:///nobody",
        "https://a:b@127.0.0.1:{port}/",
        "gopher://127.0.0.1:{port}/",
        "nothing",
    ],
)
async def test_addresses_within_the_network_are_not_asked(address: str) -> None:
    async with answering(lambda: web.json_response({})) as (here, asked):
        refusals = "within the network|must be asked by https|that is none|not a canonical"
        with pytest.raises(ProviderUnavailable, match=refusals):
            await Asking().json(address.replace("{port}", here.rpartition(":")[2]))
    assert asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:4700:4700::1111", True),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b::7f00:1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("::", False),
    ],
)
def test_hosts_are_read_as_the_client_reads_them(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_who_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollbook.identity.asking._SECONDS", ClientTimeout(0.2))
    # Whoever connects there is never heard.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ProviderUnavailable, match="takes too long"):
            await HERE.json(f"http://127.0.0.1:{port}/")
