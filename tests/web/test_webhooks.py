"""Deliveries that no secret proves, and what their platforms hear."""

from support.signing import secret_for
from web.application import Running

from rollbook.sources.table import SOURCE_KINDS

TAKES_401_FOR_SUCCESS = {"bigbluebutton"}


async def test_no_platform_takes_the_refusal_of_a_delivery_for_success(running: Running) -> None:
    async with running() as application:
        for kind in SOURCE_KINDS:
            secret = secret_for(kind)
            path = await application.source(kind, secret)
            answer = await application.client.post(path, content=b"{}")
            assert answer.json()["error"] == "BAD_SIGNATURE", kind
            assert answer.status_code == (403 if kind in TAKES_401_FOR_SUCCESS else 401), kind
