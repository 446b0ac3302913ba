"""Three ways through the pages as they are gone: the office's month, a teacher's class, an operator's silent source.

Each as the user whose way it is, who sees at every width and in both themes all of what is on it.
"""

import json
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from dashboard.looks import look_everywhere
from dashboard.paper import dated_rows, printed
from dashboard.users import sign_in, take
from ingest.streams import Told
from ingest.webhooks import body, signed
from playwright.sync_api import BrowserContext, Page, expect

from rollbook.domain.events import Joined, Participant, Room
from rollbook.domain.silence import QUARTER_MS, WEEKS

KEY, SECRET = "APIofAWalk", "w" * 40
PARIS = ZoneInfo("Europe/Paris")
WEEK_MS = 7 * 24 * 3_600_000
QUARTERS = 12
"""Three hours of silence."""


@pytest.fixture
def as_user(context: BrowserContext, school: Any) -> Callable[..., Page]:
    """Invites somebody by the operator's command, and signs them in on a page."""

    def come_in(role: str, *told: str) -> Page:
        email = f"{role}-on-a-walk@school.example"
        by = ("--org", school.org_id, "--email", email, "--role", role)
        invited = school.rollbook("user", "add", *by, *told)
        (link,) = re.findall(r"\S*/invitation\S+", invited)
        page = context.new_page()
        take(page, link[link.index("/invitation") :])
        sign_in(page, email)
        return page

    return come_in


def follow(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("link", name=name, exact=isinstance(name, str)).first.click()


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def last_month() -> tuple[date, date]:
    last = datetime.now(PARIS).date().replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def joined_last_month(school: Any, uid: str) -> list[datetime]:
    """When the sessions of a person began last month, as the API tells it."""
    first, last = last_month()
    with school.api() as client:
        params = {"uid": uid, "limit": 100}
        listed = client.get("/v1/sessions", params=params).json()["data"]["sessions"]
    began = [datetime.fromisoformat(one["joinedAt"]).astimezone(PARIS) for one in listed]
    return sorted(one for one in began if first <= one.date() <= last)


def test_the_office_finds_a_person_s_month_and_prints_it(
    as_user: Callable[..., Page], school: Any
) -> None:
    page = as_user("office", "--name", "Olive Office")
    follow(page, "Overview")
    expect(page.locator("#missing .findings li")).to_have_count(3)
    look_everywhere(page)
    follow(page, "People")
    follow(page, "Last month")
    page.get_by_role("searchbox").fill("doe jane")
    row = page.locator("#found tbody tr")
    expect(row).to_have_count(1)
    look_everywhere(page)
    expected = joined_last_month(school, "jane")
    expect(row.locator('[data-label="Sessions"]')).to_have_text(str(len(expected)))
    row.get_by_role("link", name="Jane Doe").click()
    expect(page.get_by_role("heading", name="Jane Doe")).to_be_visible()
    look_everywhere(page)
    follow(page, "Print")
    look_everywhere(page)
    rows = dated_rows(printed(page))
    assert [" ".join(one.split()[:5]) for one in rows] == [
        f"{one:%a} {one.day} {one:%b %Y} {one:%H:%M}" for one in expected
    ]
    credits_told = number(page.locator("tfoot td").last.inner_text())
    assert sum(int(one.split()[-1]) for one in rows) == credits_told


def test_a_teacher_judges_a_class_and_takes_the_sheet_along(as_user: Callable[..., Page]) -> None:
    page = as_user("teacher", "--participant", "teacher-4", "--name", "Camille Roy")
    expect(page.get_by_role("heading", name="My rooms")).to_be_visible()
    look_everywhere(page)
    page.get_by_role("link", name="Drawing from life art-301").click()
    look_everywhere(page)
    verdicts = {"Noor": "Present", "Kwame": "Present", "Ingrid": "Partly", "Priya": "Partly"}
    for name, verdict in verdicts.items():
        expect(page.get_by_role("row", name=name).first).to_contain_text(verdict)
    follow(page, re.compile("The sheet of all classes"))
    table = page.get_by_role("table")
    expect(table.get_by_role("row").filter(has_text="Ingrid").locator("td.partly")).to_have_count(1)
    look_everywhere(page)
    href = page.get_by_role("link", name="CSV", exact=True).get_attribute("href")
    assert href
    told = page.request.get(href).text()
    follow(page, "Print")
    look_everywhere(page)
    paper = " ".join(" ".join(printed(page)).split())
    for name in ("Noor Haddad", "Kwame Mensah", "Ingrid Aasen", "Priya Raman"):
        assert name in told
        assert name in paper


def silent_source(school: Any) -> tuple[str, str]:
    """A source of LiveKit that was busy at this hour in four weeks and has been silent for three hours; its address.

    Weeks cannot be waited for: what arrived in them is written as the service counts it.
    """
    added = school.rollbook(
        "source", "add", "livekit", "--org", school.key, "--name", "LiveKit that fell silent",
        "--api-key", KEY, "--api-secret", SECRET, "--json",
    )  # fmt: skip
    source_id = json.loads(added)["sourceId"]
    now = int(time.time() * 1000)
    quarter = now - now % QUARTER_MS
    heard = quarter - QUARTERS * QUARTER_MS
    with closing(sqlite3.connect(school.database)) as database, database:
        database.execute(
            "INSERT INTO source_health (org_id, source_id, last_received_at, last_lag_ms, accepted)"
            " VALUES (?, ?, ?, 250, 500) ON CONFLICT DO UPDATE SET last_received_at = excluded.last_received_at",
            (school.org_id, source_id, heard),
        )
        database.executemany(
            "INSERT INTO source_quarter VALUES (?, ?, ?, 10, 0, 0, 0)",
            [
                (school.org_id, source_id, quarter - week * WEEK_MS - back * QUARTER_MS)
                for week in range(1, WEEKS + 1)
                # An hour more at both ends, where clocks were set meanwhile.
                for back in range(-4, QUARTERS + 5)
            ],
        )
    return source_id, f"{school.url}/v1/webhooks/livekit/{source_id}"


def test_the_operator_sees_a_silent_source_tries_it_and_hears_it_again(
    as_user: Callable[..., Page], school: Any
) -> None:
    source_id, address = silent_source(school)
    page = as_user("owner", "--name", "Oscar Owner")
    follow(page, "Sources")
    section = page.locator(f"#source-{source_id}")
    expect(section.locator("header")).to_contain_text("silent for 3 h")
    expect(section).to_contain_text(re.compile("Usually about 1[12]0 by now"))
    look_everywhere(page)
    section.get_by_role("link", name="Test").click()
    expect(page.locator(".checks li").filter(has_text="Silence.")).to_contain_text("wrong")
    look_everywhere(page)
    fact = Joined("PA_walk", Room("walk-room"), Participant("walker"), int(time.time() * 1000))
    content = body(Told("EV_walk", (fact,)))
    answer = httpx.post(address, content=content, headers=signed(content, KEY, SECRET))
    assert answer.status_code == 200, answer.text
    expect(page.get_by_text("Taken: 1 event")).to_be_visible(timeout=10_000)
    follow(page, "Sources")
    expect(section.locator("header")).to_contain_text("last event")
    expect(section.locator(".note.bad")).to_have_count(0)
