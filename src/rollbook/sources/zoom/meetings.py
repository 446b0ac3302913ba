"""What Zoom tells of meetings and webinars: the events of both are the same."""

from rollbook.sources.common.payloads import JsonObject, part
from rollbook.sources.zoom.told import Told, object_of

_IDS = ("customer_key", "registrant_id", "id", "participant_user_id", "email")
"""`user_id` is not among these: it numbers the people of one meeting from the same start."""


def told(event: JsonObject) -> Told | None:
    """What an event says; None for one that is about no meeting."""
    subject, _, happening = str(event.get("event")).partition(".")
    if subject not in {"meeting", "webinar"}:
        return None
    meeting = object_of(event)
    person = part(meeting, "participant")
    return Told(
        happening.removeprefix("participant_"),
        meeting,
        room_id=meeting.get("id"),
        run=meeting.get("uuid"),
        title=meeting.get("topic"),
        person=person,
        ids=[person.get(name) for name in _IDS],
    )
