"""What the handlers work with; the composition root fills it in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from litestar import Request
from litestar.datastructures import State

from rollbook.service.organizations import KnownKeys
from rollbook.service.ports import Reports

AnyRequest = Request[object, object, State]


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases' ports, and the clock (milliseconds UTC)."""

    reports: Reports
    known_keys: KnownKeys
    check_ready: Callable[[], Awaitable[None]]
    now: Callable[[], int]


def services_of(request: AnyRequest) -> Services:
    return cast("Services", request.app.state.services)
