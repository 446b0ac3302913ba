"""Signing in and out: who gets in, and who does not."""

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it comes without types
from itsdangerous import URLSafeSerializer
from playwright.sync_api import BrowserContext, Page, expect

from rollbook.secret_keys import SecretKey

PAGES = ("/", "/live", "/people", "/person?uid=jane", "/rooms", "/room?id=math-101", "/room/said?id=math-101", "/usage", "/usage/rooms", "/usage/months",
         "/sources", "/settings", "/users", "/account", "/changes", "/session?id=x", "/sources/new", "/person.csv?uid=jane", "/person.xlsx?uid=jane",
         "/room.csv?id=math-101", "/usage.csv", "/people.csv", "/people.xlsx", "/rooms.csv", "/rooms.xlsx", "/room.xlsx?id=x",
         "/usage.xlsx", "/room/sheet.xlsx?id=x", "/person/print?uid=x", "/room/print?id=x", "/room/sheet/print?id=x",
         "/person.json?uid=jane", "/person/erase?uid=jane")  # fmt: skip
COOKIE = "rollbook_session"


@pytest.fixture
def client(school: Any) -> Any:
    with httpx.Client(base_url=school.url) as client:
        yield client


def _token(html: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', html)
    assert found
    return found[1]


def _enter(client: httpx.Client, key: str, onward: str = "/", **headers: str) -> httpx.Response:
    form = {"token": _token(client.get("/sign-in").text), "key": key, "next": onward}
    return client.post("/sign-in", data=form, headers=headers)


def _cookie(secret: str | bytes, says: Sequence[object]) -> str:
    signer = URLSafeSerializer(
        secret, salt="rollbook.sign-in", signer_kwargs={"digest_method": hashlib.sha256}
    )
    return str(signer.dumps(list(says)))


def _says(secret: str | bytes, cookie: str) -> list[str]:
    signer = URLSafeSerializer(
        secret, salt="rollbook.sign-in", signer_kwargs={"digest_method": hashlib.sha256}
    )
    return [str(part) for part in signer.loads(cookie)]


@pytest.mark.parametrize("path", PAGES)
def test_pages_without_sign_in_redirect_and_come_back(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    if path != "/":
        assert httpx.URL(answer.headers["location"]).params["next"] == path


def test_cookie_is_guarded_and_holds_no_key(client: httpx.Client, school: Any) -> None:
    answer = _enter(client, school.key, "/usage")
    assert answer.headers["location"] == "/usage"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert school.key not in client.cookies[COOKIE]
    assert client.get("/people").status_code == 200


BEHIND_TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "rollbook.example"}


def _set_cookies(answer: httpx.Response) -> dict[str, str]:
    """What an answer sets, by the name of each cookie."""
    return {one.partition("=")[0]: one for one in answer.headers.get_list("set-cookie")}


def test_cookies_are_of_this_host_alone_behind_tls(school: Any) -> None:
    # Asked plainly as a proxy does, so the cookies are brought back by hand.
    with httpx.Client(base_url=school.url, headers=BEHIND_TLS) as client:
        page = client.get("/sign-in")
        (form_cookie,) = _set_cookies(page).values()
        form = {"token": _token(page.text), "key": school.key}
        cookie = {"Cookie": form_cookie.partition(";")[0]}
        answer = client.post("/sign-in", data=form, headers=cookie)
        made = _set_cookies(answer)
        assert made.keys() == {f"__Host-{COOKIE}", "__Host-rollbook_form"}
        for attributes in made.values():
            assert "; secure" in attributes.lower()
            assert "; path=/;" in attributes.lower() + ";"
            assert "domain" not in attributes.lower()
        signed_in = made[f"__Host-{COOKIE}"].partition(";")[0]
        assert client.get("/people", headers={"Cookie": signed_in}).status_code == 200
        # What a plain page, or another host of the domain, could have set is not looked at.
        bare = signed_in.removeprefix("__Host-")
        assert client.get("/people", headers={"Cookie": bare}).status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/people", "/static/nothing", "/nothing"])
def test_pages_ask_for_tls_alone_where_they_came_over_it(client: httpx.Client, path: str) -> None:
    plain, over_tls = client.get(path), client.get(path, headers=BEHIND_TLS)
    assert "strict-transport-security" not in plain.headers
    if path in {"/sign-in", "/people"}:
        assert over_tls.headers["strict-transport-security"] == "max-age=31536000"
        assert "camera=()" in over_tls.headers["permissions-policy"]


def test_each_sign_in_has_a_form_token_of_its_own(client: httpx.Client, school: Any) -> None:
    before = _token(client.get("/sign-in").text)
    _enter(client, school.key)
    first = _token(client.get("/settings").text)
    answer = client.post("/sign-out", data={"token": first})
    assert answer.status_code == 303
    again = _token(client.get("/sign-in").text)
    _enter(client, school.key)
    second = _token(client.get("/settings").text)
    assert len({before, first, again, second}) == 4
    assert client.post("/settings", data={"token": first}).status_code == 403


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"]
)
def test_nobody_is_sent_to_another_site(client: httpx.Client, school: Any, onward: str) -> None:
    assert _enter(client, school.key, onward).headers["location"] == "/"


def test_forged_and_expired_cookies_are_refused(
    client: httpx.Client, school: Any, secret: str
) -> None:
    key = SecretKey(secret).derived("cookies")
    _enter(client, school.key)
    good = _says(key, client.cookies[COOKIE])
    client.cookies.clear()
    expected = {
        _cookie(key, good): 200,
        _cookie(secret, good): 303,
        _cookie("another-secret-that-is-long-enough-00000", good): 303,
        _cookie(key, [school.org_id, hashlib.sha256(good[1].encode()).hexdigest()]): 303,
        _cookie(key, [school.other_key.split("_")[1], good[1]]): 303,
        _cookie(key, ["only", "two"]): 303,
        "nonsense": 303,
    }
    for cookie, status in expected.items():
        answer = client.get("/people", headers={"Cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == status, cookie


def test_form_without_its_token_is_refused(client: httpx.Client, school: Any) -> None:
    client.get("/sign-in")
    assert client.post("/sign-in", data={"key": school.key}).status_code == 403
    _enter(client, school.key)
    for path in (
        "/settings",
        "/settings/keys",
        "/settings/keys/revoke",
        "/sources/new",
        "/sources/rotate",
        "/sources/pause",
        "/sign-out",
    ):
        assert client.post(path, data={"time_zone": "UTC", "token": "x"}).status_code == 403


def test_attempts_are_limited(client: httpx.Client, school: Any) -> None:
    statuses = [
        _enter(client, "rb_wrong", **{"X-Forwarded-For": "198.51.100.9"}).status_code
        for _ in range(12)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert _enter(client, school.key, **{"X-Forwarded-For": "198.51.100.10"}).status_code == 303


def test_revoked_key_signs_out(client: httpx.Client, school: Any) -> None:
    made = school.rollbook("org", "key", "add", school.key, "--label", "gone soon")
    found = re.search(r"rb_\w+", made)
    assert found
    _enter(client, found[0])
    assert client.get("/people").status_code == 200
    key_id = hashlib.sha256(found[0].encode()).hexdigest()[:12]
    school.rollbook("org", "key", "revoke", school.key, key_id)
    deadline = time.monotonic() + 5
    while client.get("/people").status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_headers_and_assets(client: httpx.Client) -> None:
    page = client.get("/sign-in")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r" style=|<style| on\w+=|<script>", page.text)
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert len(set(assets)) == 3
    sizes = 0
    for asset in set(assets):
        answer = client.get(asset)
        assert "immutable" in answer.headers["cache-control"]
        sizes += len(answer.content)
    assert sizes < 100_000
    assert client.get("/static/rollbook.css").status_code == 404


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_form_is_accessible(context: BrowserContext, scheme: Any, width: int) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/sign-in?next=/usage")
    for _ in range(2):
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_label("Organization key").fill("rb_nonsense")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()


def test_what_is_typed_can_be_looked_at(context: BrowserContext, school: Any) -> None:
    page = context.new_page()
    page.goto("/sign-in")
    key = page.get_by_label("Organization key")
    key.fill(school.key)
    expect(key).to_have_attribute("type", "password")
    page.get_by_label("Show what is typed").check()
    expect(key).to_have_attribute("type", "text")
    expect(page.get_by_label("Password")).to_have_attribute("type", "text")
    page.get_by_label("Show what is typed").uncheck()
    expect(key).to_have_attribute("type", "password")


def test_in_and_out_in_a_browser(context: BrowserContext, school: Any) -> None:
    page = context.new_page()
    page.goto("/usage?range=today")
    page.get_by_label("Organization key").fill("rb_nonsense")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("No organization has this key")
    page.get_by_label("Organization key").fill(school.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Usage")).to_be_visible()
    assert page.url.endswith("/usage?range=today")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Organization key")).to_be_visible()
    page.goto("/people")
    expect(page.get_by_label("Organization key")).to_be_visible()


def test_one_school_never_sees_another(
    context: BrowserContext, school: Any, sign_in: Callable[[Page, str], None]
) -> None:
    page = context.new_page()
    sign_in(page, school.other_key)
    page.goto("/people?range=month&q=hilda")
    expect(page.locator("#found")).to_contain_text("Hilda")
    for path in ("/people?q=jane", "/person?uid=jane&range=term", "/rooms?range=term", "/usage"):
        page.goto(path)
        assert "Jane Doe" not in page.inner_text("main")
        assert "math-101" not in page.inner_text("main")
    page.goto("/person?uid=jane&range=term")
    expect(page.get_by_text("Nothing was ever recorded for this id")).to_be_visible()
