"""Who belongs to a room, said on a page, and who of them was absent."""

from playwright.sync_api import Page, expect


def test_a_roster_is_proposed_saved_and_tells_who_was_absent(signed_in: Page) -> None:
    signed_in.goto("/room?id=art-301")
    expect(signed_in.get_by_role("cell", name="Absent")).to_have_count(0)
    signed_in.get_by_role("link", name="Who belongs to this room").click()
    signed_in.get_by_role("link", name="Propose who came").click()
    lines = signed_in.get_by_label("A line for each")
    expect(lines).not_to_have_value("")
    lines.fill(f"{lines.input_value()}\nmissing-1, Malik Absent\nmissing-2;Nora Away")
    signed_in.get_by_label("From this day on").fill("2020-01-01")
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("Saved.")).to_be_visible()
    assert "missing-2, Nora Away" in lines.input_value()
    signed_in.goto("/room?id=art-301")
    row = signed_in.get_by_role("row").filter(has_text="Malik Absent")
    expect(row).to_contain_text("Absent")
    assert "missing-1,Malik Absent" in signed_in.request.get("/room.csv?id=art-301").text()


def test_a_line_without_an_id_is_refused_with_its_number(signed_in: Page) -> None:
    signed_in.goto("/room/roster?id=math-101")
    signed_in.get_by_label("A line for each").fill("jane, Jane\n, Nobody")
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("Line 2 has a name and no id")).to_be_visible()
    expect(signed_in.get_by_label("A line for each")).to_have_value("jane, Jane\n, Nobody")


def test_the_sheet_has_everybody_and_leads_to_each_class(signed_in: Page) -> None:
    signed_in.goto("/room?id=math-101&range=term")
    signed_in.get_by_role("link", name="The sheet of all classes").click()
    table = signed_in.get_by_role("table")
    expect(table).to_be_visible()
    classes = table.locator("thead a")
    first = signed_in.locator("tbody tr").first
    assert first.locator("td.c").count() == classes.count() > 0
    told = signed_in.request.get(
        str(signed_in.get_by_role("link", name="CSV", exact=True).get_attribute("href"))
    ).text()
    assert told.startswith("Sheet")
    when = classes.last.inner_text().split()[-1]
    classes.last.click()
    expect(signed_in.locator(".bar strong")).to_contain_text(when)


def test_a_sheet_without_classes_says_so(signed_in: Page) -> None:
    signed_in.goto("/room/sheet?id=math-101&from=2020-01-01&to=2020-01-31")
    expect(signed_in.get_by_text("No class in these days")).to_be_visible()
