"""How a page looks, as far as a machine can say: on a telephone in the dark, and on a desk in the light."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it comes without types
from playwright.sync_api import Page

_SCREENS: tuple[tuple[Literal["dark", "light"], int], ...] = (("dark", 390), ("light", 1280))


def look_at(page: Page) -> None:
    """Fails where something is wider than the screen, or axe finds something."""
    for scheme, width in _SCREENS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []
