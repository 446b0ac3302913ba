"""What is kept for a room: its attendance rule, and when its classes were."""

from collections.abc import Mapping

from litestar import Response, post

from rollbook.domain.attendance import RULE_BOUNDS, AttendanceRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.kept import KeptClass
from rollbook.domain.said import newly_said
from rollbook.service.organizations import said
from rollbook.service.organizations.said import Speaker
from rollbook.web.dashboard.pages import redirect
from rollbook.web.dashboard.requests import changed_by, form_of, local_path, signed_in_of
from rollbook.web.dashboard.rooms import room_id_of
from rollbook.web.http.services import AnyRequest, services_of

_RULE_IN_WORDS: Mapping[str, str] = {
    "share": "Present from",
    "late": "Late beyond",
    "early": "Left early beyond",
    "gap": "Another class after a pause of",
}


def speaker_on(request: AnyRequest) -> Speaker:
    """Who is in front of a page, as what they say is kept with."""
    signed_in = signed_in_of(request)
    return Speaker(signed_in.who, services_of(request).now())


def rule_of_form(form: Mapping[str, str]) -> AttendanceRule:
    """The rule that somebody filled in. Raises InvalidInput."""
    return AttendanceRule(**{name: _number(form, name) for name in RULE_BOUNDS})


def _number(form: Mapping[str, str], name: str) -> int:
    text, (least, most) = form.get(name, "").strip(), RULE_BOUNDS[name]
    if not (text.isascii() and text.isdigit() and len(text) < 5 and least <= int(text) <= most):
        what = _RULE_IN_WORDS[name]
        raise InvalidInput(f"“{what}” must be a whole number from {least} to {most}.")
    return int(text)


@post("/room/rule", status_code=200)
async def set_room_rule(request: AnyRequest) -> Response[str]:
    """Keep a rule for a room, or let the room follow the organization again."""
    org_id = signed_in_of(request).organization.org_id
    form = await form_of(request)
    rule = None if form.get("what") == "clear" else rule_of_form(form)
    room_id = room_id_of(form.get("id", ""))
    speaker = speaker_on(request)
    await said.set_attendance_rule(changed_by(request), org_id, room_id, rule, speaker)
    return redirect(local_path(form.get("next", "")))


@post("/room/class", status_code=200)
async def keep_class(request: AnyRequest) -> Response[str]:
    """Keep the times of a class, or that there was none between them."""
    org_id = signed_in_of(request).organization.org_id
    form, speaker = await form_of(request), speaker_on(request)
    what = form.get("what", "")
    if what not in {"keep", "another", "drop"}:
        raise InvalidInput(
            "Say what is right: that the class had these times, or that it was none."
        )
    kept = KeptClass(
        instant_of(form, "start"),
        instant_of(form, "end"),
        what != "drop",
        newly_said(speaker.by, speaker.now, form.get("note", "")),
    )
    before = form.get("before", "") if what != "another" else ""
    room_id = room_id_of(form.get("id", ""))
    await said.keep_class(changed_by(request), org_id, room_id, kept, before or None)
    return redirect(local_path(form.get("next", "")))


@post("/room/class/take-back", status_code=200)
async def take_back_class(request: AnyRequest) -> Response[str]:
    """Take back what was said of a class."""
    org_id = signed_in_of(request).organization.org_id
    form, speaker = await form_of(request), speaker_on(request)
    room_id, said_id = room_id_of(form.get("id", "")), form.get("said", "")
    await said.take_back_class(changed_by(request), org_id, room_id, said_id, speaker)
    return redirect(local_path(form.get("next", "")))


def instant_of(form: Mapping[str, str], name: str) -> int:
    """An instant (ms UTC) that a form was made with. Raises InvalidInput."""
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        raise InvalidInput("This form does not say which class it is of. Open the class again.")
    return int(text)
