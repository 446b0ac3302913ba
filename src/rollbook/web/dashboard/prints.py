"""What is printed: a person, a class and a sheet, each whole, on pages of their own.

A page of the dashboard is cut into parts to be looked at; paper that somebody signs must not be. What
is too much for paper is cut here too, and says so.
"""

from litestar import Response

from rollbook.domain.attendance import Verdict
from rollbook.domain.presets import Preset
from rollbook.domain.report import Report, Totals
from rollbook.domain.sheets import sheet
from rollbook.domain.stays import Stay, Times, times
from rollbook.service.reports.participant import participant_in_room, rooms_of_participant
from rollbook.service.reports.person import person
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.person import person_question, session_rows, stays_asked_for
from rollbook.web.dashboard.ranges import asked_range
from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.dashboard.rooms import asked_room, rule_in_links
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.dashboard.sheets import asked_classes
from rollbook.web.http.services import AnyRequest, services_of
from rollbook.web.http.threads import in_a_thread

MOST_ROWS = 5_000
"""Sessions, or people, of one print: some hundred pages of paper."""

MOST_CLASSES = 200
CLASSES_ACROSS = 14
"""Classes beside each other, as many as a sheet of paper has place for."""


async def person_paper(request: AnyRequest) -> Response[str]:
    """All sessions of a person in a range, oldest first, with their sums and a line to sign."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    question = person_question(request, chosen.days)
    view = await person(
        page_services_of(request).overviews, organization, question.uid, chosen.days, now
    )
    if question.room_id is None:
        report: Report = await rooms_of_participant(services.reports, organization, question, now)
    else:
        report = await participant_in_room(
            services.reports, organization, question, question.room_id, now
        )
    stays = stays_asked_for(view, question)
    return page(
        request,
        "print_person.html",
        uid=question.uid,
        profile=report.participant,
        room=question.room_id,
        range=chosen,
        totals=report.totals,
        times=await _times(stays, report.totals, now),
        rows=list(session_rows(stays[:MOST_ROWS][::-1], organization.credit_rule, now)),
        most=MOST_ROWS,
    )


async def class_paper(request: AnyRequest) -> Response[str]:
    """Everybody in a class, and who was not there."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    view, chosen, _ = await asked_room(request, organization, now)
    return page(
        request,
        "print_class.html",
        view=view,
        range=chosen,
        rule=view.rule.rule,
        asked_rule=rule_in_links(view.rule),
        people=view.people[:MOST_ROWS],
        absent=view.absent,
        counts=[(verdict, view.judged.count(verdict)) for verdict in Verdict]
        if view.judged
        else [],
        most=MOST_ROWS,
    )


async def sheet_paper(request: AnyRequest) -> Response[str]:
    """Everybody in all classes of a range: their sums, and then the classes, some at a time."""
    found, chosen = await asked_classes(request)
    shown = found.classes[-MOST_CLASSES:]
    rows = await in_a_thread(sheet, shown)
    blocks = [
        (number, shown[number : number + CLASSES_ACROSS])
        for number in range(0, len(shown), CLASSES_ACROSS)
    ]
    return page(
        request,
        "print_sheet.html",
        found=found,
        rows=rows[:MOST_ROWS],
        people=len(rows),
        blocks=blocks,
        shown=len(shown),
        verdicts=list(Verdict),
        range=chosen,
        rule=found.rule.rule,
        asked_rule=rule_in_links(found.rule),
        most=MOST_ROWS,
    )


person_print = long_page("/person/print")(person_paper)
class_print = long_page("/room/print")(class_paper)
sheet_print = long_page("/room/sheet/print")(sheet_paper)


async def _times(stays: list[Stay], totals: Totals, now: int) -> Times | None:
    """Merged time and reconnects; none where not all sessions are at hand to be merged."""
    return await in_a_thread(times, stays, now) if len(stays) == totals.sessions else None
