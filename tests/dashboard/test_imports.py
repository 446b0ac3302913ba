"""A file is dropped, looked at, imported and taken back, in a real browser."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it comes without types
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

FIXTURES = Path(__file__).parents[1] / "fixtures" / "import"
HOSTILE = "<script>alert(1)</script>"


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file onto its place, as a desktop does."""
    page.goto("/import")
    page.locator(".drop").evaluate(
        """(place, [name, content]) => {
            const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], name));
            for (const type of ["dragover", "drop"])
                place.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        [name, b64encode(content).decode()],
    )


def figure(page: Page, label: str) -> int:
    text = page.locator(".figure").filter(has_text=label).locator("dd").inner_text()
    return int(text.replace("\u202f", ""))


def lines(uid: str, *joined: str) -> bytes:
    rows = [
        {"uid": uid, "name": HOSTILE, "roomId": "i-room", "joinedAt": at, "leftAt": left}
        for at in joined
        for left in [at.replace("T09", "T10")]
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.fixture
def plain(context: BrowserContext, signed_in: Page, school: Any) -> Iterator[Page]:
    """The same browser without script."""
    del signed_in
    browser = context.browser
    assert browser
    with browser.new_context(
        base_url=school.url, java_script_enabled=False, storage_state=context.storage_state()
    ) as own:
        yield own.new_page()


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("zoom_2024.csv", "Zoom"),
        ("teams_report.csv", "Teams"),
        ("webex.csv", "Webex"),
        ("sessions.csv", "Rollbook: CSV"),
        ("sessions.jsonl", "Rollbook: JSON lines"),
    ],
)
def test_a_dropped_file_is_shown_before_it_goes_in_and_can_be_undone(
    signed_in: Page, name: str, form: str
) -> None:
    drop(signed_in, name, (FIXTURES / name).read_bytes())
    signed_in.wait_for_url("**/import?file=*")
    expect(signed_in.locator(".head")).to_contain_text(form)
    expect(signed_in.get_by_text("Nothing is imported yet")).to_be_visible()
    added = figure(signed_in, "Would be added")
    assert added > 0
    signed_in.get_by_role("button", name=re.compile("^Import ")).click()
    expect(signed_in.get_by_role("status")).to_contain_text("added")
    assert figure(signed_in, "Added") == added
    signed_in.reload()
    assert figure(signed_in, "Added") == added
    signed_in.get_by_role("button", name="Undo this import").click()
    expect(signed_in.get_by_role("status")).to_contain_text("Taken back")
    row = signed_in.get_by_role("row").filter(has_text=name).first
    expect(row).to_contain_text("taken back just now")


def test_without_script_a_file_is_chosen_and_imported(plain: Page) -> None:
    plain.goto("/sources")
    plain.get_by_role("link", name="Import a file").click()
    expect(plain.get_by_text("drop it here")).to_be_hidden()
    content = lines("i-plain", "2026-03-01T09:00:00Z")
    file = FilePayload(name="a.jsonl", mimeType="text/plain", buffer=content)
    plain.get_by_label("Choose a file").set_input_files(file)
    plain.get_by_role("button", name="Look at the file").click()
    expect(plain.get_by_role("cell", name="i-room")).to_be_visible()
    plain.get_by_role("button", name="Import 1 row").click()
    expect(plain.get_by_role("status")).to_contain_text("1 session added")


def test_what_the_file_does_not_tell_is_asked_for(signed_in: Page) -> None:
    drop(signed_in, "zoom_2021.csv", (FIXTURES / "zoom_2021.csv").read_bytes())
    expect(signed_in.get_by_role("alert")).to_contain_text("can be read two ways")
    expect(signed_in.get_by_role("alert")).to_contain_text("“Order of dates”")
    signed_in.get_by_label("Order of dates").select_option("dmy")
    signed_in.get_by_role("button", name="Look again").click()
    expect(signed_in.get_by_text("11 Sep 2021").first).to_be_visible()
    expect(signed_in.get_by_label("Order of dates")).to_have_value("dmy")


def test_rejected_rows_stand_with_their_lines_and_come_as_a_file(
    signed_in: Page, tmp_path: Path
) -> None:
    signed_in.on("dialog", lambda dialog: pytest.fail(dialog.message))
    content = lines("i-rejects", "2026-03-01T09:00:00Z") + f'{{"uid": "{HOSTILE}"}}\n'.encode()
    drop(signed_in, "a.jsonl", content)
    expect(signed_in.get_by_role("row").filter(has_text="line 2")).to_contain_text(HOSTILE)
    signed_in.get_by_role("button", name="Import 1 row").click()
    with signed_in.expect_download() as waiting:
        signed_in.get_by_role("link", name="The rejected rows, as a file").click()
    assert waiting.value.suggested_filename == "a.jsonl.rejects.jsonl"
    waiting.value.save_as(tmp_path / "rejects")
    (told,) = (tmp_path / "rejects").read_text().splitlines()
    assert json.loads(told)["line"] == 2


def test_too_large_a_file_is_not_even_sent(signed_in: Page) -> None:
    signed_in.goto("/import")
    sent: list[str] = []
    signed_in.on("request", lambda request: sent.append(request.method))
    signed_in.locator("form[data-drop]").evaluate("form => { form.dataset.drop = '0.001' }")
    signed_in.reload()
    signed_in.evaluate(
        """() => {
            const form = document.querySelector("form[data-drop]");
            const input = form.querySelector("input[type=file]");
            const many = new DataTransfer();
            many.items.add(new File([new Uint8Array(21 * 1024 * 1024)], "large.csv"));
            input.files = many.files;
            input.dispatchEvent(new Event("change"));
        }"""
    )
    message = signed_in.get_by_label("Choose a file").evaluate("input => input.validationMessage")
    assert "larger than 20 MB" in message
    signed_in.get_by_role("button", name="Look at the file").click()
    signed_in.wait_for_timeout(200)
    assert "POST" not in sent


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1024])
def test_every_step_is_legible_and_accessible(signed_in: Page, scheme: Any, width: int) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.set_viewport_size({"width": width, "height": 900})
    content = lines(f"i-{scheme}{width}", "2026-03-01T09:00:00Z", "nonsense", "W" * 300)
    signed_in.goto("/import")
    signed_in.get_by_text("What the file may not tell").click()
    check(signed_in, width)
    drop(signed_in, f"{'long-' * 30}.jsonl", content)
    signed_in.get_by_text("Read it in another way").click()
    check(signed_in, width)
    signed_in.get_by_role("button", name="Import 1 row").click()
    expect(signed_in.get_by_role("status")).to_contain_text("1 session added")
    check(signed_in, width)
    drop(signed_in, "photo.png", b"\x89PNG\r\n\x1a\n" + bytes(99))
    expect(signed_in.get_by_role("alert")).to_contain_text("photo.png")
    check(signed_in, width)


def check(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.evaluate(
        """() => [...document.querySelectorAll("dd, button, .button, .tag")]
            .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"""
    )
    assert cut == []
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
