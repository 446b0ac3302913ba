"""UUIDs in 22 letters instead of 36, where an id is one."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGITS_AND_DASHES = 36
_LETTERS = 22


def uuid_in_letters(text: str) -> str | None:
    """An id in 22 letters; None where it is no UUID in lower case."""
    # Most others are soon told from one, and need no place among those that are remembered.
    maybe = len(text) == _DIGITS_AND_DASHES and text[8] == text[13] == "-"
    return _in_letters(text) if maybe else None


@lru_cache(4_096)  # asked of an event and then of its row, of a join and then of the leave
def _in_letters(text: str) -> str | None:
    if _UUID.fullmatch(text) is None:
        return None
    return urlsafe_b64encode(bytes.fromhex(text.replace("-", "")))[:_LETTERS].decode()


@lru_cache(4_096)
def uuid_from_letters(letters: str) -> str:
    """The id that these letters stand for."""
    # Not by the class for it, which takes several times as long.
    digits = urlsafe_b64decode(f"{letters}==").hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
