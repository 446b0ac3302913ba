"""Places in an order, as addresses carry them: opaque to whoever follows them."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from rollbook.domain.errors import InvalidInput
from rollbook.service.reports.absences import Place


def cursor_of(place: Place | None) -> str | None:
    """A place as text; None at the end of an order."""
    if place is None:
        return None
    return urlsafe_b64encode(msgspec.json.encode(tuple(place))).decode().rstrip("=")


def place_of(cursor: str | None) -> Place | None:
    """The place that a text stands for. Raises InvalidInput for one that nobody was given."""
    if not cursor:
        return None
    try:
        told = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        room_id, number, uid = msgspec.json.decode(told, type=tuple[str, int, str])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        message = "cursor must be the nextCursor of an earlier answer"
        raise InvalidInput(message, field="cursor") from None
    if "\0" in room_id:
        raise InvalidInput("cursor must be the nextCursor of an earlier answer", field="cursor")
    return Place(room_id, number, uid)
