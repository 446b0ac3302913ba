"""Addresses of pages tell nobody whom they are about, and lead there all the same."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import pytest
from playwright.sync_api import Page, expect

PAGES = (
    "/", "/people?range=term", "/people?range=term&q=jane", "/people?teacher=teacher-4&range=term",
    "/person?uid=jane&range=term", "/person?uid=jane&room=math-101&range=term", "/person/print?uid=jane&range=term",
    "/person/excuses?uid=jane", "/person/erase?uid=jane", "/person/taught?uid=teacher-4&range=term",
    "/room?id=art-301&range=term", "/room/sheet?id=art-301&range=term", "/absences?range=term", "/overview/two-places?range=month",
    "/share?of=person&uid=jane&from=2026-01-01&to=2026-01-31", "/rooms?teacher=teacher-4&range=term", "/changes",
    "/people?q=jane&from=2026-02-03&to=2026-02-01",
)  # fmt: skip
_ADDRESSES = re.compile(r'(?:href|src|data-load|data-refresh)="([^"]*)"')
_OF_FORMS = re.compile(r'<form method="get".*?</form>', re.DOTALL)
_HIDDEN = re.compile(r'type="hidden" name="[^"]*" value="([^"]*)"')


def _addresses(html: str) -> list[str]:
    """All addresses that a page leads to, and the values of which its forms make addresses."""
    inside = [value for form in _OF_FORMS.findall(html) for value in _HIDDEN.findall(form)]
    return [unquote_plus(unescape(one)) for one in _ADDRESSES.findall(html) + inside]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_leads_to_an_address_that_names_somebody(signed_in: Page, path: str) -> None:
    answer = signed_in.request.get(path)
    assert answer.status == (400 if "2026-02-01" in path else 200)
    addresses = _addresses(answer.text())
    assert addresses
    plain = [re.sub(r"=~[\w-]+", "=~", one) for one in addresses]
    names = re.compile("jane|doe|teacher-4|camille", re.IGNORECASE)
    assert [one for one in plain if names.search(one)] == []


def test_sealed_addresses_lead_where_plain_ones_did(signed_in: Page) -> None:
    signed_in.goto("/people?range=term&q=jane")
    link = signed_in.get_by_role("link", name="Jane Doe")
    sealed = link.get_attribute("href")
    assert sealed
    assert "uid=~" in sealed
    link.click()
    expect(signed_in.get_by_role("heading", name="Jane Doe")).to_be_visible()
    shown = signed_in.inner_text("main")
    signed_in.goto("/person?uid=jane&range=term")
    assert signed_in.inner_text("main") == shown
    # The same words make the same address, which can be kept.
    signed_in.goto("/people?range=term&q=jane")
    assert signed_in.get_by_role("link", name="Jane Doe").get_attribute("href") == sealed


def test_a_sealed_address_opens_in_its_own_organization_alone(
    signed_in: Page, school: Any, sign_in: Callable[[Page, str], None]
) -> None:
    signed_in.goto("/people?range=term&q=jane")
    sealed = signed_in.get_by_role("link", name="Jane Doe").get_attribute("href")
    assert sealed
    signed_in.context.clear_cookies()
    sign_in(signed_in, school.other_key)
    answer = signed_in.request.get(sealed)
    assert answer.status == 400
    assert "open the page from its list again" in answer.text()
    assert "jane" not in answer.text().lower()


def test_a_form_that_searches_leads_to_a_sealed_address(signed_in: Page) -> None:
    signed_in.goto("/rooms?range=term")
    token = signed_in.locator("form.finder [name=token]").get_attribute("value")
    assert token
    for path, form in (
        ("/people", {"q": "jane doe", "range": "term", "sort": "name"}),
        ("/rooms", {"q": "drawing", "from": "2026-01-01", "to": "2026-02-01"}),
        ("/", {"q": "noor", "view": "compact"}),
    ):
        answer = signed_in.request.post(path, form={**form, "token": token}, max_redirects=0)
        assert answer.status == 303
        to = answer.headers["location"]
        assert urlsplit(to).path == path
        assert form["q"].partition(" ")[0] not in to
        assert all(f"{name}={value}" in to for name, value in form.items() if name != "q")
        assert f'value="{form["q"]}"' in signed_in.request.get(to).text()
    assert signed_in.request.post("/people", form={"q": "jane"}, max_redirects=0).status == 403
