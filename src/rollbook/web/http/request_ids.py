"""The id of the request that is being answered, for whoever tells of it: answers, the log, what was done."""

from contextvars import ContextVar

from rollbook.loggers import structlog

REQUEST_ID = "X-Request-Id"

# Those of structlog, which are set by name, take some hundredths of the contract's page.
answering: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """The id of the request that is being answered; None where none is."""
    return answering.get()


def with_request_id(
    logger: structlog.typing.WrappedLogger, method: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """A line of the log, with the id of the request that leaves it."""
    del logger, method
    request_id = answering.get()
    if request_id is not None:
        line.setdefault("request_id", request_id)
    return line
