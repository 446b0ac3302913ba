"""UUIDs in 22 letters instead of 36, where an id is one."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LETTERS = 22


def uuid_in_letters(text: str) -> str | None:
    """An id in 22 letters; None where it is no UUID in lower case."""
    if _UUID.fullmatch(text) is None:
        return None
    return urlsafe_b64encode(bytes.fromhex(text.replace("-", "")))[:_LETTERS].decode()


def uuid_from_letters(letters: str) -> str:
    """The id that these letters stand for."""
    return str(UUID(bytes=urlsafe_b64decode(f"{letters}==")))
