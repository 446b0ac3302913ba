"""What Zoom tells of sessions of its Video SDK.

The names of fields and events are those of the types in npm's `@zoom/rivet`.
"""

from rollbook.sources.common.payloads import JsonObject, part
from rollbook.sources.zoom.told import Told, object_of


def told(event: JsonObject) -> Told | None:
    """What an event says; None for one that is about no session."""
    subject, _, happening = str(event.get("event")).partition(".")
    if subject != "session":
        return None
    session = object_of(event)
    person = part(session, "user")
    return Told(
        happening.removeprefix("user_"),
        session,
        room_id=session.get("session_name"),
        run=session.get("session_id") or session.get("id"),
        title=session.get("session_name"),
        person=person,
        # `id` numbers the people of one session, as `user_id` does those of a meeting.
        ids=[person.get("user_key")],
    )
