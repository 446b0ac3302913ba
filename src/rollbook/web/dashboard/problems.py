"""What goes wrong, told as a page."""

import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from rollbook.domain.errors import InvalidInput, NotFound, RollbookError, StoreUnavailable
from rollbook.web.dashboard.pages import bare_page
from rollbook.web.http import errors
from rollbook.web.http.services import AnyRequest

log = structlog.get_logger()


def known_problem(request: AnyRequest, error: RollbookError) -> Response[str]:
    """Something that can be explained to the person in front of the page."""
    if isinstance(error, NotFound):
        return bare_page("problem.html", 404, title="There is nothing here", message=error.message)
    if isinstance(error, InvalidInput):
        return bare_page("problem.html", 400, title="That does not fit", message=error.message)
    if isinstance(error, StoreUnavailable):
        log.warning("store unavailable", reason=error.message)
        return bare_page(
            "problem.html",
            503,
            {"Retry-After": str(error.retry_after)},
            title="The database does not answer",
            message="Nothing is lost. Try again in a moment.",
        )
    return unknown_problem(request, error)


def http_problem(request: AnyRequest, error: HTTPException) -> Response[str]:
    """What the framework refuses."""
    del request
    message = "There is no such page." if error.status_code == 404 else "This cannot be done here."
    return bare_page(
        "problem.html",
        error.status_code,
        error.headers,
        title="There is nothing here",
        message=message,
    )


def unrouted(request: AnyRequest, error: HTTPException) -> Response[str] | Response[bytes]:
    """What no route takes: a page for who came with a browser, the envelope for a program."""
    by_browser = "text/html" in request.headers.get("accept", "")
    if by_browser and not request.url.path.startswith("/v1/"):
        return http_problem(request, error)
    return errors.http_error(request, error)


def unknown_problem(request: AnyRequest, error: Exception) -> Response[str]:
    """A fault of the program: told in full to the log."""
    log.error("page failed", path=request.url.path, exc_info=error)
    return bare_page(
        "problem.html",
        500,
        title="Something went wrong on the server",
        message="It was written to the server's log. Try again, or tell who runs it.",
    )
