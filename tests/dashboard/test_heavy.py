"""Heavy people and rooms have pages of bounded size; how fast they are is measured in bench."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

_MOST_BYTES = 500_000


@pytest.mark.parametrize(
    "path",
    [
        "/person?uid=guest&range=term",
        "/person?uid=guest&range=term&page=2",
        "/person?uid=guest&range=term&room=room-1&page=3",
        "/room?id=hall",
        "/room?id=hall&page=20",
        "/room?id=room-1&range=term",
        "/people?range=term",
        "/people?range=term&page=81&sort=name",
        "/rooms?range=term",
        "/usage?range=term",
    ],
)
def test_heavy_pages_stay_small(
    context: BrowserContext, school: Any, sign_in: Callable[[Page, str], None], path: str
) -> None:
    page = context.new_page()
    sign_in(page, school.other_key)
    answer = page.goto(path)
    assert answer
    assert answer.ok
    assert len(answer.body()) < _MOST_BYTES
    assert page.locator("main").inner_text()
