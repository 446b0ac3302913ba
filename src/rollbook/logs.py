"""How log lines look."""

import logging
import sys

from rollbook.domain.audit import Action, Entry
from rollbook.loggers import structlog
from rollbook.web.http.request_ids import with_request_id

_REFUSED = {Action.SIGN_IN_REFUSED, Action.LOCKED_OUT}


def configure_logging(level: str, form: str) -> None:
    """Write log lines of `level` and above to standard error, as `console` or `json`."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    about: list[structlog.typing.Processor] = [
        with_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    _configure_libraries(level, about, renderer)
    structlog.configure(
        processors=[*about, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def tell_of_deed(entry: Entry) -> None:
    """Let the log know who did what: of each, a line `security`. It never has a value or a key."""
    log = structlog.get_logger()
    tell = log.warning if entry.action in _REFUSED else log.info
    tell(
        "security",
        action=entry.action.value,
        organization=entry.org_id or None,
        who=entry.doer.who,
        whence=entry.doer.whence,
        what=entry.what,
    )


def _configure_libraries(
    level: str,
    about: list[structlog.typing.Processor],
    renderer: structlog.typing.Processor,
) -> None:
    """Let what libraries log look the same."""
    plain = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=about, processors=[plain, renderer]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Its pool tells of every lost connection with a stack trace; we tell once, in a line.
    logging.getLogger("asyncpg").setLevel(logging.ERROR)
