"""The header that gives a download its file's name."""

import re
from urllib.parse import quote

_NOT_PLAIN = re.compile(r"[^\w.@-]+", re.ASCII)


def content_disposition(name: str) -> str:
    """The value for a file of this name: for every client in ASCII, for today's in full.

    The second form is RFC 6266's `filename*`, which browsers prefer.
    """
    plain = _NOT_PLAIN.sub("-", name)
    disposition = f'attachment; filename="{plain}"'
    return (
        disposition if plain == name else f"{disposition}; filename*=UTF-8''{quote(name, safe='')}"
    )
