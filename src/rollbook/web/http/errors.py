"""What errors mean over HTTP: the one table, for the API's envelope and for pages alike."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException
from msgspec import UNSET, UnsetType

from rollbook.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    RollbookError,
    SchemaOutdated,
    SecretKeyMissing,
    SetupIncomplete,
    StoreLocked,
    StoreUnavailable,
    TooOften,
    Unauthorized,
)
from rollbook.domain.limits import QuotaUsedUp, RateExceeded
from rollbook.loggers import structlog
from rollbook.service.organizations.attempts import TooManyAttempts
from rollbook.service.organizations.provider_ports import AnswerRefused, ProviderUnavailable
from rollbook.service.platforms import (
    BadSignature,
    ForbiddenDelivery,
    PlatformUnavailable,
    PutOff,
    UnreadableDelivery,
)
from rollbook.service.reports.turns import TookTooLong, TooManyReads
from rollbook.web.http.refusals import Refusal
from rollbook.web.http.request_ids import current_request_id
from rollbook.web.http.services import AnyRequest, services_of

log = structlog.get_logger()


class ErrorEnvelope(msgspec.Struct, rename="camel", omit_defaults=True):
    """The body of every error of every route; a fault of the server tells by which id its log has it."""

    success: bool
    message: str
    error: str
    request_id: str | UnsetType = UNSET


class Problem(NamedTuple):
    """An error as it is answered: `code` is for programs, `title` is for people."""

    status: int
    code: str
    title: str
    message: str
    headers: Mapping[str, str]


KINDS: Mapping[type[RollbookError], tuple[HTTPStatus, str, str]] = {
    RollbookError: (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "INTERNAL_ERROR",
        "Something went wrong on the server",
    ),
    InvalidInput: (HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", "That does not fit"),
    Unauthorized: (HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "Who asks is not known"),
    Forbidden: (HTTPStatus.FORBIDDEN, "FORBIDDEN", "That needs another right"),
    BadSignature: (HTTPStatus.UNAUTHORIZED, "BAD_SIGNATURE", "Who sends is not known"),
    ForbiddenDelivery: (HTTPStatus.FORBIDDEN, "BAD_SIGNATURE", "Who sends is not known"),
    UnreadableDelivery: (HTTPStatus.BAD_REQUEST, "UNREADABLE_DELIVERY", "That cannot be read"),
    NotFound: (HTTPStatus.NOT_FOUND, "NOT_FOUND", "There is nothing here"),
    Conflict: (HTTPStatus.CONFLICT, "CONFLICT", "That does not go together"),
    SetupIncomplete: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "ORGANIZATION_SETUP_INCOMPLETE",
        "Something has to be set up first",
    ),
    TooOften: (HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", "That was too often"),
    RateExceeded: (HTTPStatus.TOO_MANY_REQUESTS, "RATE_LIMITED", "That was too often"),
    QuotaUsedUp: (HTTPStatus.TOO_MANY_REQUESTS, "QUOTA_USED_UP", "A quota is used up"),
    PutOff: (HTTPStatus.SERVICE_UNAVAILABLE, "QUOTA_USED_UP", "A quota is used up"),
    TooManyAttempts: (HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", "Too many attempts"),
    TooManyReads: (HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_READS", "Too much at once"),
    TookTooLong: (HTTPStatus.SERVICE_UNAVAILABLE, "TOOK_TOO_LONG", "That takes too long"),
    PlatformUnavailable: (
        HTTPStatus.BAD_GATEWAY,
        "PLATFORM_UNAVAILABLE",
        "The platform does not answer",
    ),
    AnswerRefused: (HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "That is no right answer"),
    ProviderUnavailable: (
        HTTPStatus.BAD_GATEWAY,
        "PROVIDER_UNAVAILABLE",
        "The provider does not answer",
    ),
    StoreUnavailable: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "SERVICE_UNAVAILABLE",
        "The database does not answer",
    ),
    StoreLocked: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "SERVICE_UNAVAILABLE",
        "The organization is in use",
    ),
    SecretKeyMissing: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "SERVICE_UNAVAILABLE",
        "A secret cannot be read",
    ),
    SchemaOutdated: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "SERVICE_UNAVAILABLE",
        "The database has another version",
    ),
}
"""What our own kinds mean; one that is missing means what its parent does."""

_REFUSALS = {401, 403, 429, 503}
"""Statuses of which the log tells: whoever asks was not let in, or not now."""

_STATUSES: Mapping[int, tuple[str, str, str]] = {
    400: ("INVALID_REQUEST", "That does not fit", "The request cannot be read"),
    404: ("NOT_FOUND", "There is nothing here", "There is no such route"),
    405: ("METHOD_NOT_ALLOWED", "There is nothing here", "This route does not take this method"),
    408: ("REQUEST_TIMEOUT", "That did not come", "The body of the request did not come in time"),
    413: ("PAYLOAD_TOO_LARGE", "That is too large", "The body is larger than this route takes"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "That cannot be read", "Content-Type must be application/json"),
    503: ("SERVICE_UNAVAILABLE", "There is too much to do", "Too much is being sent, try again"),
}
"""What the framework and the exchange of a request raise, by its status."""

UNKNOWN = Problem(*KINDS[RollbookError], "Something went wrong on the server", {})
"""A fault of the program: whoever asked is told no more than this."""


def problem_of(error: RollbookError) -> Problem:
    """An error that the domain or a use case raised."""
    status, code, title = next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)
    headers = (
        {"Retry-After": str(error.retry_after)}
        if isinstance(error, StoreUnavailable | TooOften | SecretKeyMissing)
        else {}
    )
    return Problem(status.value, code, title, _message_of(error), headers)


def _message_of(error: RollbookError) -> str:
    """What exactly ails the service is for the operator's log, not for a caller."""
    if isinstance(error, StoreUnavailable):
        return "The database is unavailable, try again"
    if isinstance(error, SecretKeyMissing):
        return "The service cannot read its secrets now, try again"
    return error.message


def refusal_of(error: HTTPException) -> Problem:
    """An error that the framework raised: no route, wrong method, too large a body."""
    status = error.status_code
    code, title, message = _STATUSES.get(
        status, ("REQUEST_FAILED", "This cannot be done here", HTTPStatus(status).phrase)
    )
    return Problem(status, code, title, message, error.headers or {})


def envelope(problem: Problem) -> Response[bytes]:
    """An error as every route of the API answers it."""
    told = ErrorEnvelope(success=False, message=problem.message, error=problem.code)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        told.request_id = current_request_id() or UNSET
    return Response(
        msgspec.json.encode(told),
        status_code=problem.status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **problem.headers},
    )


def known_error(request: AnyRequest, error: RollbookError) -> Response[bytes]:
    """Answer with the envelope."""
    problem = problem_of(error)
    note_refusal(request, problem, error)
    return envelope(problem)


def note_refusal(request: AnyRequest, problem: Problem, error: RollbookError) -> None:
    """Let the log know whom nobody let in, and why."""
    if problem.status not in _REFUSALS:
        return
    services, scope = services_of(request), request.scope
    away = "store unavailable: " if isinstance(error, StoreUnavailable) else ""
    client = services.proxies.client_of(scope)
    refusal = Refusal(problem.status, problem.code, away + error.message, scope["path"], client)
    services.refusals.note(refusal)


def http_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer with the envelope."""
    del request
    return envelope(refusal_of(error))


def unknown_error(request: AnyRequest, error: Exception) -> Response[bytes]:
    """A fault of the program: told in full to the log, and not at all to the caller."""
    log.error("request failed", path=request.url.path, exc_info=error)
    return envelope(UNKNOWN)
