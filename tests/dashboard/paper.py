"""What a browser prints, read back from its PDF."""

import re
from collections.abc import Sequence
from io import BytesIO

from playwright.sync_api import Page
from pypdf import PdfReader

_DAY = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} \w{3} \d{4}\s+\d\d:\d\d\s+")


def printed(page: Page) -> list[str]:
    """The text of each page of paper."""
    made = page.pdf(prefer_css_page_size=True)
    return [sheet.extract_text() for sheet in PdfReader(BytesIO(made)).pages]


def dated_rows(texts: Sequence[str]) -> list[str]:
    """Lines that begin with a day and a time."""
    return [line for text in texts for line in text.splitlines() if _DAY.match(line)]
