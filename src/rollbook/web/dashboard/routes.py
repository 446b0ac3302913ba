"""Every URL of the dashboard: what is open to all, and what needs somebody signed in."""

from collections.abc import Sequence

from litestar import Router
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler, ExceptionHandlersMap

from rollbook.domain.errors import RollbookError
from rollbook.web.dashboard import (
    absences,
    changes,
    downloads,
    erase,
    excuses,
    imports,
    keeping,
    live,
    overview,
    people,
    person,
    prints,
    problems,
    rooms,
    rosters,
    said,
    schedules,
    session,
    settings,
    sheets,
    source_tests,
    sources,
    taught,
    usage,
)
from rollbook.web.dashboard.assets import static_file
from rollbook.web.dashboard.ranges import RangeRefused
from rollbook.web.dashboard.sign_in import (
    FormRefused,
    SignInNeeded,
    form_refused,
    require_sign_in,
    require_tls,
    sign_in,
    sign_in_needed,
    sign_in_page,
    sign_out,
)

_MOST_FORM_BYTES = 16 * 1024

_PROBLEMS: ExceptionHandlersMap = {
    SignInNeeded: sign_in_needed,
    FormRefused: form_refused,
    RangeRefused: problems.range_refused,
    RollbookError: problems.known_problem,
    HTTPException: problems.http_problem,
    Exception: problems.unknown_problem,
}

_OPEN = Router(
    "/",
    route_handlers=[sign_in_page, sign_in, static_file],
    before_request=require_tls,
    exception_handlers=_PROBLEMS,
    request_max_body_size=_MOST_FORM_BYTES,
)

_SIGNED_IN = Router(
    "/",
    route_handlers=[
        live.live_page,
        live.live_part,
        overview.overview_page,
        overview.missing_page,
        overview.two_places_page,
        overview.addresses_page,
        overview.without_teacher_page,
        people.people_page,
        person.person_page,
        erase.person_json,
        erase.erase_page,
        erase.erase_person,
        taught.taught_page,
        session.session_page,
        session.correct,
        downloads.people_csv,
        downloads.people_xlsx,
        downloads.person_csv,
        downloads.person_xlsx,
        prints.person_print,
        prints.class_print,
        prints.sheet_print,
        rooms.rooms_page,
        rooms.room_page,
        downloads.rooms_csv,
        downloads.rooms_xlsx,
        downloads.room_csv,
        downloads.room_xlsx,
        rosters.roster_page,
        rosters.set_roster,
        keeping.set_room_rule,
        keeping.keep_class,
        keeping.take_back_class,
        said.said_page,
        excuses.excuses_page,
        excuses.add_excuse,
        excuses.take_back_excuse,
        schedules.schedule_page,
        schedules.change_schedule,
        sheets.sheet_page,
        sheets.sheet_csv,
        sheets.sheet_xlsx,
        absences.absences_page,
        absences.absences_file,
        absences.at_risk_page,
        absences.at_risk_file,
        usage.usage_page,
        usage.months_page,
        downloads.usage_csv,
        downloads.usage_xlsx,
        sources.sources_page,
        sources.new_source_page,
        sources.add_source,
        sources.rotate,
        sources.pause,
        changes.changes_page,
        source_tests.test_page,
        source_tests.arrived_part,
        imports.import_page,
        imports.bring_file,
        imports.look_again,
        imports.import_file,
        imports.undo,
        imports.forget_file,
        imports.rejects_file,
        settings.settings_page,
        settings.change,
        settings.change_browser,
        settings.add_key,
        settings.revoke,
        sign_out,
    ],
    before_request=require_sign_in,
    exception_handlers=_PROBLEMS,
    request_max_body_size=_MOST_FORM_BYTES,
)

DASHBOARD: Sequence[ControllerRouterHandler] = (_OPEN, _SIGNED_IN)
