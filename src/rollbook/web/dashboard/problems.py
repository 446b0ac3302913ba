"""What goes wrong, told as a page."""

from litestar import Response
from litestar.exceptions import HTTPException

from rollbook.domain.errors import RollbookError
from rollbook.loggers import structlog
from rollbook.web.dashboard.pages import bare_page, page
from rollbook.web.dashboard.ranges import RangeRefused
from rollbook.web.dashboard.refused_forms import shown_again
from rollbook.web.http.errors import UNKNOWN, Problem, note_refusal, problem_of, refusal_of
from rollbook.web.http.request_ids import current_request_id
from rollbook.web.http.services import AnyRequest

_TITLES = {"/people": "People", "/rooms": "Rooms", "/usage": "Usage"}

log = structlog.get_logger()


def known_problem(request: AnyRequest, error: RollbookError) -> Response[str]:
    """Something that can be explained to the person in front of the page."""
    problem = problem_of(error)
    note_refusal(request, problem, error)
    return shown_again(request, error) or _page(problem)


def range_refused(request: AnyRequest, error: RangeRefused) -> Response[str]:
    """Days that are no range: told beside the fields, with what was typed still in them."""
    note_refusal(request, problem_of(error), error)
    others = {
        name: value
        for name, value in request.query_params.items()
        if name not in {"from", "to", "range", "page"}
    }
    title = _TITLES.get(request.url.path, "These days")
    return page(
        request,
        "range_refused.html",
        400,
        title=title,
        range=error.range,
        problem=str(error),
        others=others,
    )


def http_problem(request: AnyRequest, error: HTTPException) -> Response[str]:
    """What the framework refuses, in words for people who never heard of routes."""
    del request
    message = "There is no such page." if error.status_code == 404 else "This cannot be done here."
    return _page(refusal_of(error)._replace(message=message))


def too_large(error: HTTPException, message: str) -> Response[str]:
    """A form that is larger than its page takes, and what to do about it."""
    return _page(refusal_of(error)._replace(message=message))


def unknown_problem(request: AnyRequest, error: Exception) -> Response[str]:
    """A fault of the program: told in full to the log."""
    log.error("page failed", path=request.url.path, exc_info=error)
    request_id = current_request_id()
    where = f" as request {request_id}" if request_id else ""
    message = f"It was written to the server's log{where}. Try again, or tell who runs it."
    return _page(UNKNOWN._replace(message=message))


def _page(problem: Problem) -> Response[str]:
    return bare_page(
        "problem.html",
        problem.status,
        problem.headers,
        title=problem.title,
        message=problem.message,
    )
