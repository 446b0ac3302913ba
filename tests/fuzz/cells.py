"""Cells as Excel reads them."""

import re

_NUMBERED = re.compile("_x([0-9A-F]{4})_")


def unescaped(value: object) -> str:
    """The text of a cell: where XML has no sign for a character, there is its number (_x0001_)."""
    return _NUMBERED.sub(lambda found: chr(int(found[1], 16)), str(value or ""))
