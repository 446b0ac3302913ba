"""Checks that every text from outside passes before it may become part of the ledger."""

import ipaddress
from functools import lru_cache

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role
from rollbook.domain.instants import from_text

MAX_ID_LENGTH = 256
"""Longest uid, room id, session id, in characters. Keys stay well within an index page."""

MAX_LABEL_LENGTH = 1000
"""Longest name or title, in characters."""

END_OF_TIME = from_text("9999-12-31T00:00:00Z")
"""The last instants of the calendar are in the year 10000 of zones east of Greenwich."""


def identifier(value: str, field: str) -> str:
    """`value` as an identifier; raises InvalidInput where it is blank, too long or unstorable."""
    if not value.strip():
        raise InvalidInput(f"{field} must not be blank", field=field)
    return _storable(value, field, MAX_ID_LENGTH)


def label(value: str | None, field: str) -> str | None:
    """`value` as a name or title: blank means unknown; raises InvalidInput where unstorable."""
    if value is None or not value.strip():
        return None
    return _storable(value, field, MAX_LABEL_LENGTH)


def role(value: str | None, field: str = "role") -> Role | None:
    """`value` as a role, in any case of letters; blank means unknown."""
    if value is None or not value.strip():
        return None
    try:
        return Role(value.strip().upper())
    except ValueError:
        message = f"{field} must be one of {', '.join(Role)}"
        raise InvalidInput(message, field=field) from None


def ip_address(value: str | None, field: str = "ipAddress") -> str | None:
    """`value` as an IPv4 or IPv6 address in its usual form; blank means unknown."""
    if value is None or not value.strip():
        return None
    try:
        return _usual_form(value)
    except ValueError:
        raise InvalidInput(f"{field} must be an IPv4 or IPv6 address", field=field) from None


@lru_cache(maxsize=1024)  # a school's people come from few addresses
def _usual_form(address_told: str) -> str:
    # A zone such as %eth0 means something only on the machine that wrote it.
    address = ipaddress.ip_address(address_told.strip().partition("%")[0])
    # A server that listens on IPv6 sees a caller with the address a.b.c.d as ::ffff:a.b.c.d.
    return str(getattr(address, "ipv4_mapped", None) or address)


def instant(value: str, field: str) -> int:
    """The instant (ms UTC) that `value` names with its offset."""
    try:
        return from_text(value)
    except ValueError:
        message = f"{field} must be an instant with its offset, such as 2024-01-15T10:00:00Z"
        raise InvalidInput(message, field=field) from None


def moment(instant: int, field: str) -> int:
    """`instant` (ms UTC), if every calendar in every time zone can show it."""
    if not 0 <= instant < END_OF_TIME:
        raise InvalidInput(f"{field} must lie between the years 1970 and 9999", field=field)
    return instant


def _storable(value: str, field: str, longest: int) -> str:
    if len(value) > longest:
        raise InvalidInput(f"{field} must be at most {longest} characters long", field=field)
    if "\0" in value:
        # PostgreSQL has no NUL in text; SQLite would cut the value for some readers.
        raise InvalidInput(f"{field} must not contain a NUL character", field=field)
    if not value.isascii():
        _require_unicode(value, field)
    return value


def _require_unicode(value: str, field: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"{field} must be valid Unicode text", field=field) from None
