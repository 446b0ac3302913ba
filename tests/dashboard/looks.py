"""How a page looks, as far as a machine can say."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it comes without types
from playwright.sync_api import Page

_WIDTHS = (390, 768, 1024, 1440)
_SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
_SCREENS: tuple[tuple[Literal["dark", "light"], int], ...] = (("dark", 390), ("light", 1280))

_FAULTS = """(big) => {
  const faults = [], wide = document.documentElement;
  for (const figure of document.querySelectorAll(".figure")) {
    const value = figure.querySelector("dd");
    if (big) {
      const old = value.firstChild;
      if (old && old.nodeType === Node.TEXT_NODE) {
        old.textContent = big;
        value.classList.toggle("long", big.length > 9);
        const lines = document.createRange();
        lines.selectNodeContents(old);
        if (lines.getClientRects().length > 1) faults.push("broken: " + big);
      }
    }
    for (const part of [figure, value, figure.querySelector("dt")])
      if (part.scrollWidth > part.clientWidth) faults.push("cut: " + part.textContent.trim());
  }
  const heights = new Map();
  for (const svg of document.querySelectorAll("svg")) {
    const texts = [...svg.querySelectorAll("text")].map((text) => [text.getBoundingClientRect(), text.textContent])
      .filter(([box]) => box.width);
    texts.forEach(([box, said], number) => {
      if (box.right > wide.clientWidth) faults.push("beyond the page: " + said);
      for (const [other, more] of texts.slice(number + 1))
        if (box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)
          faults.push(said + " lies over " + more);
    });
  }
  if (wide.scrollWidth > innerWidth) faults.push("wider than the page");
  return faults;
}"""

_CUT = """[...document.querySelectorAll('dd, td, h1, h2, strong')]
  .filter(e => !e.matches('.unseen') && getComputedStyle(e).display !== 'inline' && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.textContent.trim())"""


def faults_in(page: Page, big: str | None = None) -> list[str]:
    """What of figures and charts is cut off, or lies over something else; each figure being `big`."""
    found: list[str] = page.evaluate(_FAULTS, big)
    return found


def cut_in(page: Page) -> list[str]:
    """The texts of tables, lists and headings that have no room."""
    found: list[str] = page.evaluate(_CUT)
    return found


def look_everywhere(page: Page) -> None:
    """Fails where something is cut off at any of four widths, or axe finds something in either theme.

    Leaves the page as wide as it was, in the light.
    """
    before = page.viewport_size
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert faults_in(page) + cut_in(page) == [], (page.url, width)
    for scheme in _SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert found == [], (page.url, scheme, [(v["id"], v["nodes"][0]["html"]) for v in found])
    assert before
    page.set_viewport_size(before)


def look_at(page: Page) -> None:
    """Fails where something is wider than the screen, or axe finds something.

    On a telephone in the dark, and on a desk in the light.
    """
    for scheme, width in _SCREENS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []
