"""What no OpenAPI document can say: which texts are time zones, that a period has an order, and
that a key is refused whatever its rights do not name."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("iana-time-zone", st.sampled_from(sorted(available_timezones())))


_RIGHTS = frozenset(filter(None, os.environ.get("RIGHTS_OF_KEY", "").split(",")))
"""What the key may do that asks; where it is not told, rights are not looked at."""
_BEFORE_RIGHTS = {401, 404, 405}
"""Without the key, at no address, by a method that there is not."""


@schemathesis.check
def rights_are_kept(context: Any, response: Any, case: Any) -> None:
    """Who has the right that an operation names is never refused; who has not, always is."""
    del context
    needs = case.operation.definition.raw.get("x-right")
    otherwise = case.method.lower() != case.operation.method.lower()
    if not _RIGHTS or not needs or otherwise or response.status_code in _BEFORE_RIGHTS:
        return
    refused = response.status_code == 403
    assert refused is (needs not in _RIGHTS), f"{response.status_code}, though {needs} is needed"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Let a period that ends before it starts end on its first day; and rooms have short ones."""
    del context, kwargs
    body = case.body
    if isinstance(body, dict) and _ends_early(body.get("startDate"), body.get("endDate")):
        case.body = body | {"endDate": body["startDate"]}
    if case.path == "/v1/sessions" and _ends_early(*map((case.query or {}).get, ("from", "to"))):
        case.query = {name: value for name, value in case.query.items() if name != "to"}
    if case.path.startswith("/v1/rooms/") and isinstance(case.query, dict):
        case.query = _short(case.query)


def _short(query: dict[str, Any]) -> dict[str, Any]:
    """A query without days or instants that do not go together, where each for itself is one."""
    told = {name: query[name] for name in ("from", "to") if query.get(name)}
    try:
        for text in told.values():
            _moment(text)
    except (TypeError, ValueError, OverflowError):
        return query
    return {name: value for name, value in query.items() if name not in told}


def _ends_early(start: object, end: object) -> bool:
    try:
        # Dates of two forms may stand for days of two zones.
        return _moment(end) < _moment(start) + timedelta(days=2)
    except (TypeError, ValueError, OverflowError):
        return False


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise TypeError
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
