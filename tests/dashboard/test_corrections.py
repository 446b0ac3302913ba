"""The form under an explanation: when a session ended, that it never was, and back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from rollbook.domain.organizations import key_hash, key_id
from rollbook.domain.presences import session_id_for

NOTE = "<b>the tablet</b> stayed on"
UID = "corrected-1"


@pytest.fixture(scope="module")
def joined(school: Any) -> datetime:
    """When somebody came, with whole seconds, whose leave was never told."""
    joined = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    school.send(
        {
            "id": "c-1",
            "type": "participant.joined",
            "time": joined.isoformat(),
            "roomId": "c-room",
            "sessionId": "c-visit",
            "participant": {"uid": UID},
        }
    )
    return joined


@pytest.fixture
def page(signed_in: Page, school: Any, joined: datetime) -> Page:
    signed_in.goto(f"/session?id={session_id_for(f'{school.org_id}events', 'c-visit')}")
    return signed_in


def seconds(school: Any, joined: datetime) -> list[int]:
    day = joined.astimezone(ZoneInfo("Europe/Paris")).date().isoformat()
    with school.api() as client:
        asked = {"uid": UID, "startDate": day, "endDate": day}
        answer = client.post("/v1/participant/sessions", json=asked).json()["data"]
    return [one["duration"] for group in answer["roomGroups"] for one in group["sessions"]]


def say(page: Page, what: str, note: str = NOTE) -> None:
    page.get_by_label(what).check()
    page.get_by_label("Why").fill(note)
    page.get_by_role("button", name="Correct").click()


def test_a_session_is_ended_voided_and_that_is_taken_back(
    page: Page, school: Any, joined: datetime
) -> None:
    expect(page.get_by_label("Take the correction back")).to_have_count(0)
    ended = (joined + timedelta(minutes=50)).astimezone(ZoneInfo("Europe/Paris"))
    page.get_by_label("When it ended").fill(f"{ended:%Y-%m-%dT%H:%M:%S}")
    say(page, "It ended at")
    events = page.locator(".events")
    expect(events).to_contain_text(NOTE)
    expect(events).to_contain_text(f"said by key {key_id(key_hash(school.key))}")
    expect(page.locator(".reasons")).to_contain_text("corrected by a person")
    assert seconds(school, joined) == [50 * 60]
    say(page, "It never was")
    expect(page.locator(".note")).to_contain_text("this session never was")
    assert seconds(school, joined) == []
    say(page, "Take the correction back")
    expect(page.get_by_text("What was said before no longer counts")).to_be_visible()
    (running,) = seconds(school, joined)
    assert running >= 3 * 3600
    page.goto("/sources")
    own = page.get_by_role("region", name="corrections")
    expect(own).to_contain_text("What people said of sessions")
    expect(own.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("hours", [-4, 24])
def test_an_end_that_cannot_be_is_refused_in_plain_words(
    page: Page, joined: datetime, hours: int
) -> None:
    wrong = (joined + timedelta(hours=hours)).astimezone(ZoneInfo("Europe/Paris"))
    page.get_by_label("When it ended").fill(f"{wrong:%Y-%m-%dT%H:%M:%S}")
    say(page, "It ended at")
    expect(page.get_by_role("main")).to_contain_text("between the session's join and now")


def test_a_note_of_blanks_is_no_reason(page: Page) -> None:
    say(page, "It never was", "   ")
    expect(page.get_by_role("main")).to_contain_text("note must say why")


def test_nothing_is_corrected_from_another_site(page: Page, school: Any, joined: datetime) -> None:
    before = seconds(school, joined)
    session_id = session_id_for(f"{school.org_id}events", "c-visit")
    form: dict[str, str | float | bool] = {
        "id": session_id,
        "how": "void",
        "note": NOTE,
        "token": "forged",
    }
    assert page.request.post("/session", form=form).status == 403
    assert len(seconds(school, joined)) == len(before)
