"""Kinds of error as HTTP answers: the one table, and the one envelope."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from rollbook.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    RollbookError,
    SchemaOutdated,
    SetupIncomplete,
    StoreUnavailable,
    Unauthorized,
)
from rollbook.service.platforms import BadSignature, UnreadableDelivery
from rollbook.web.http.services import AnyRequest

log = structlog.get_logger()


class ErrorEnvelope(msgspec.Struct):
    """The body of every error of every route."""

    success: bool
    message: str
    error: str


_KINDS: Mapping[type[RollbookError], tuple[HTTPStatus, str]] = {
    InvalidInput: (HTTPStatus.BAD_REQUEST, "INVALID_REQUEST"),
    Unauthorized: (HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED"),
    BadSignature: (HTTPStatus.UNAUTHORIZED, "BAD_SIGNATURE"),
    UnreadableDelivery: (HTTPStatus.BAD_REQUEST, "UNREADABLE_DELIVERY"),
    NotFound: (HTTPStatus.NOT_FOUND, "NOT_FOUND"),
    Conflict: (HTTPStatus.CONFLICT, "CONFLICT"),
    SetupIncomplete: (HTTPStatus.UNPROCESSABLE_ENTITY, "ORGANIZATION_SETUP_INCOMPLETE"),
    StoreUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE"),
    SchemaOutdated: (HTTPStatus.SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE"),
}

_STATUSES: Mapping[int, tuple[str, str]] = {
    400: ("INVALID_REQUEST", "The request cannot be read"),
    404: ("NOT_FOUND", "There is no such route"),
    405: ("METHOD_NOT_ALLOWED", "This route does not take this method"),
    413: ("PAYLOAD_TOO_LARGE", "The body is larger than this route takes"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json"),
}


def envelope(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """An error as every route answers it."""
    body = msgspec.json.encode(ErrorEnvelope(success=False, message=message, error=code))
    return Response(
        body,
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def known_error(request: AnyRequest, error: RollbookError) -> Response[bytes]:
    """An error that the domain or a use case raised."""
    del request
    status, code = next(
        (found for kind, found in _KINDS.items() if isinstance(error, kind)),
        (HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
    )
    if isinstance(error, StoreUnavailable):
        log.warning("store unavailable", reason=error.message)
        # What exactly ails the database is for the operator's log, not for a caller.
        headers = {"Retry-After": str(error.retry_after)}
        return envelope(status, code, "The database is unavailable, try again", headers)
    return envelope(status, code, error.message)


def http_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """An error that the framework raised: no route, wrong method, too large a body."""
    del request
    code, message = _STATUSES.get(
        error.status_code, ("REQUEST_FAILED", HTTPStatus(error.status_code).phrase)
    )
    return envelope(error.status_code, code, message, error.headers)


def unknown_error(request: AnyRequest, error: Exception) -> Response[bytes]:
    """A fault of the program: told in full to the log, and not at all to the caller."""
    log.error("request failed", path=request.url.path, exc_info=error)
    return envelope(500, "INTERNAL_ERROR", "Something went wrong on the server")
