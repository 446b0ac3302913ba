"""Erasing a person on their page, whose id has to be typed once more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

UID = "erased-one@school.example"


@pytest.fixture
def page(signed_in: Page, school: Any) -> Page:
    joined = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=50)
    school.send(
        {
            "id": "erase-1",
            "type": "participant.joined",
            "time": joined.isoformat(),
            "roomId": "erase-room",
            "sessionId": "erase-visit",
            "participant": {"uid": UID, "name": "Zoë Quill"},
        }
    )
    signed_in.goto(f"/person?uid={UID}")
    return signed_in


def test_a_person_is_erased_when_their_id_is_typed_once_more(page: Page) -> None:
    held = page.request.get(f"/person.json?uid={UID}")
    assert held.json()["uid"] == UID
    page.get_by_role("link", name="Erase this person").click()
    expect(page.get_by_role("heading", name="Erase Zoë Quill")).to_be_visible()
    page.get_by_label("Type the id once more").fill("somebody else")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("nothing was erased")).to_be_visible()
    page.goto(f"/person/erase?uid={UID}")
    page.get_by_label("Type the id once more").fill(UID)
    page.get_by_role("button", name="Erase for good").click()
    expect(page.locator("h1")).to_contain_text("erased-")
    expect(page.get_by_text("Zoë Quill")).to_have_count(0)
    assert page.request.get(f"/person.json?uid={UID}").status == 404
