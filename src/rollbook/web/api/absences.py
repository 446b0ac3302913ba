"""`GET /v1/absences`, `/v1/at-risk`: who of those who belong to rooms was missed, and who too often."""

from typing import NamedTuple

from rollbook.domain import fields
from rollbook.domain.absences import AT_RISK_SHARE
from rollbook.domain.attendance import AskedRule, Verdict
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role
from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone
from rollbook.domain.scopes import Scope
from rollbook.service.reports.absence_tables import absence_tables, at_risk_tables
from rollbook.service.reports.absences import (
    Absence,
    AbsencesQuestion,
    AtRisk,
    FoundPart,
    absences,
    people_at_risk,
)
from rollbook.web.api.answers import (
    FORMAT_PARAMETER,
    Answer,
    Format,
    answered,
    asked_form,
    described,
    file_of_parts,
    left_alone,
)
from rollbook.web.api.class_questions import (
    MOST_DAYS,
    RULE_NAMES,
    RULE_PARAMETERS,
    Query,
    asked_days,
    asked_number,
    asked_rule,
    days_parameters,
)
from rollbook.web.api.openapi_parts import ID, Json, Piece, errors, needs_key, query_parameter
from rollbook.web.api.room_shapes import ClassWire, held_wire
from rollbook.web.api.wire import Wire
from rollbook.web.http.cursors import cursor_of, place_of
from rollbook.web.http.doers import tell_of_export
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import text
from rollbook.web.http.long_reads import LongReads, ReaderLeft
from rollbook.web.http.services import AnyRequest, Services, readable, services_of

MOST_ON_A_PAGE = 1_000

_USUALLY_ON_A_PAGE = 200
_USUAL_DAYS = 30
_NAMES = ("from", "to", "roomId", "verdict", "below", "limit", "cursor", *RULE_NAMES)
_DAY_NAMES = {"first": "from", "last": "to", "next_cursor": "nextCursor"}
_CLASS_NAMES = {
    "held": "class",
    "room_id": "roomId",
    "room_title": "roomTitle",
    "merged_seconds": "mergedSeconds",
    "late_seconds": "lateSeconds",
}
_VERDICTS = [verdict.value for verdict in Verdict if verdict is not Verdict.PRESENT]


class AskedRuleWire(Wire):
    """What the query asks of the rule; whatever it does not is as each room's rule is."""

    share: int | None
    late: int | None
    early: int | None
    gap: int | None


class AbsenceWire(Wire, rename=_CLASS_NAMES):
    """Somebody who was not present in a class; time, raw and merged, is that of whole sessions."""

    uid: str
    name: str | None
    room_id: str
    room_title: str | None
    held: ClassWire
    verdict: Verdict
    share: int
    seconds: int
    merged_seconds: int
    late_seconds: int


class AbsencesData(Wire, rename=_DAY_NAMES):
    """Who was missed, by room, class and uid; with `cut` the earliest classes of a room are missing."""

    first: str
    last: str
    rule: AskedRuleWire
    absences: list[AbsenceWire]
    next_cursor: str | None
    cut: bool


class AbsencesAnswer(Wire):
    """The answer to who was missed."""

    success: bool
    data: AbsencesData


class AtRiskWire(Wire):
    """Somebody and how many of a room's classes were like what; `share` in percent: of presence."""

    uid: str
    name: str | None
    role: Role | None
    room_id: str
    room_title: str | None
    share: int
    classes: int
    present: int
    partly: int
    absent: int
    excused: int
    late: int


class AtRiskData(Wire, rename=_DAY_NAMES):
    """Who was present in less than `below` percent of a room's classes, by room and share."""

    first: str
    last: str
    rule: AskedRuleWire
    below: int
    people: list[AtRiskWire]
    next_cursor: str | None
    cut: bool


class AtRiskAnswer(Wire):
    """The answer to who misses too many classes."""

    success: bool
    data: AtRiskData


class _Asked(NamedTuple):
    """Who asks, for which rows, and in which form they want them."""

    services: Services
    organization: Organization
    now: int
    form: Format
    question: AbsencesQuestion
    query: Query

    @property
    def reads(self) -> LongReads:
        return self.services.long_reads(self.organization.org_id)

    @property
    def name(self) -> str:
        """What the days are called in the name of a file."""
        return f"{self.question.days.first}_{self.question.days.last}"


@readable("/v1/absences")
async def list_absences(request: AnyRequest) -> Answer:
    """Answer who was missed in the classes of all rooms."""
    asked = await _asked(request, 1)
    verdict = _verdict(text(asked.query, "verdict"))
    told = (asked.services.rooms, asked.organization, asked.question, asked.now, verdict)
    if asked.form != "json":
        zone = time_zone(asked.organization.time_zone)
        name = f"absences_{asked.name}"
        org_id, what = asked.organization.org_id, f"absences, {asked.form}"
        tell_of_export(request.scope, asked.services, org_id, what)
        return file_of_parts(asked.reads, name, asked.form, absence_tables(*told), zone)
    try:
        async with asked.reads.page(request.receive):
            found = await absences(*told)
    except ReaderLeft:
        return left_alone(request)
    return answered(request, json_answer(_absences(asked.question, found)))


@readable("/v1/at-risk")
async def list_at_risk(request: AnyRequest) -> Answer:
    """Answer who was present in too few classes of a room that they belong to."""
    asked = await _asked(request, _USUAL_DAYS)
    below = asked_number(asked.query, "below", 1, 100) or AT_RISK_SHARE
    told = (asked.services.rooms, asked.organization, asked.question, asked.now, below)
    if asked.form != "json":
        zone = time_zone(asked.organization.time_zone)
        name = f"at-risk_{asked.name}"
        org_id, what = asked.organization.org_id, f"at-risk, {asked.form}"
        tell_of_export(request.scope, asked.services, org_id, what)
        return file_of_parts(asked.reads, name, asked.form, at_risk_tables(*told), zone)
    try:
        async with asked.reads.page(request.receive):
            found = await people_at_risk(*told)
    except ReaderLeft:
        return left_alone(request)
    return answered(request, json_answer(_at_risk(asked.question, found, below)))


# --- the question ----------------------------------------------------------------------------


async def _asked(request: AnyRequest, usual_days: int) -> _Asked:
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    query = {name: request.query_params.get(name) for name in _NAMES}
    room_id = text(query, "roomId")
    question = AbsencesQuestion(
        asked_days(query, organization, now, usual_days),
        asked_rule(query),
        None if room_id is None else fields.identifier(room_id, "roomId"),
        place_of(text(query, "cursor")),
        asked_number(query, "limit", 1, MOST_ON_A_PAGE) or _USUALLY_ON_A_PAGE,
    )
    return _Asked(services, organization, now, asked_form(request), question, query)


def _verdict(told: str | None) -> Verdict | None:
    if told is None:
        return None
    if told not in _VERDICTS:
        message = f"verdict must be one of {', '.join(_VERDICTS)}"
        raise InvalidInput(message, field="verdict")
    return Verdict(told)


# --- the answer ------------------------------------------------------------------------------


def _absences(question: AbsencesQuestion, found: FoundPart[Absence]) -> AbsencesAnswer:
    rows = [_absence(row) for row in found.rows]
    rule, after = _asked_rule(question.rule), cursor_of(found.after)
    return AbsencesAnswer(
        success=True, data=AbsencesData(*_days(question), rule, rows, after, found.cut)
    )


def _at_risk(question: AbsencesQuestion, found: FoundPart[AtRisk], below: int) -> AtRiskAnswer:
    rows = [_person(row) for row in found.rows]
    rule, after = _asked_rule(question.rule), cursor_of(found.after)
    return AtRiskAnswer(
        success=True, data=AtRiskData(*_days(question), rule, below, rows, after, found.cut)
    )


def _asked_rule(rule: AskedRule) -> AskedRuleWire:
    return AskedRuleWire(rule.share, rule.late, rule.early, rule.gap)


def _days(question: AbsencesQuestion) -> tuple[str, str]:
    return question.days.first.isoformat(), question.days.last.isoformat()


def _absence(row: Absence) -> AbsenceWire:
    who, one = row.who, row.who.attended
    return AbsenceWire(
        who.uid,
        who.name,
        *row.room,
        held_wire(row.held),
        who.verdict,
        one.share if one else 0,
        one.times.raw if one else 0,
        one.times.merged if one else 0,
        one.late if one else 0,
    )


def _person(row: AtRisk) -> AtRiskWire:
    one = row.row
    return AtRiskWire(
        one.uid,
        one.name,
        Role(one.role) if one.role else None,
        *row.room,
        row.share,
        len(one.cells),
        one.count(Verdict.PRESENT),
        one.count(Verdict.PARTLY),
        one.count(Verdict.ABSENT),
        one.count(Verdict.EXCUSED),
        one.late,
    )


# --- its piece of the document ----------------------------------------------------------------

_PAGES: list[Json] = [
    query_parameter("roomId", "Only of this room.", ID),
    query_parameter(
        "limit",
        f"At most so many rows, 1 to {MOST_ON_A_PAGE:,}. A page may hold fewer, even none.",
        {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_ON_A_PAGE,
            "default": _USUALLY_ON_A_PAGE,
        },
    ),
    query_parameter("cursor", "Those that follow on a page before.", {"type": "string"}),
]


def _operation(name: str, summary: str, what: str, answer: Json, parameters: list[Json]) -> Json:
    return {
        "operationId": name,
        "tags": ["rooms"],
        "summary": summary,
        "description": f"{what} Rooms to which nobody belongs are not looked at. As a file, all of it at "
        f"once; {MOST_DAYS} days at most.",
        **needs_key(Scope.READ),
        "parameters": [*parameters, *_PAGES, *RULE_PARAMETERS, FORMAT_PARAMETER],
        "responses": {"200": answer, **errors(400, 401, 422, 429, 500, 503)},
    }


PIECE = Piece(
    {
        "/v1/absences": {
            "get": _operation(
                "listAbsences",
                "Who was missed in the classes of all rooms",
                "Who belonged to a room and was not present in a class of it.",
                described("Who was missed", AbsencesAnswer),
                [
                    *days_parameters(1),
                    query_parameter(
                        "verdict",
                        "Only those of this verdict.",
                        {"type": "string", "enum": _VERDICTS},
                    ),
                ],
            )
        },
        "/v1/at-risk": {
            "get": _operation(
                "listAtRisk",
                "Who misses too many classes",
                "Who belonged to a room and was present in less than `below` percent of its classes "
                "that are over.",
                described("Who misses too many classes", AtRiskAnswer),
                [
                    *days_parameters(_USUAL_DAYS),
                    query_parameter(
                        "below",
                        "Percent of classes: who was present in fewer is at risk.",
                        {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 100,
                            "default": AT_RISK_SHARE,
                        },
                    ),
                ],
            )
        },
    },
    [AbsencesAnswer, AtRiskAnswer],
)
