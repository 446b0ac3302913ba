"""What the handlers work with; the composition root fills it in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from functools import partial
from typing import cast

from litestar import HttpMethod, Request, route
from litestar.datastructures import State
from litestar.types import Scope

from rollbook.domain.audit import Entry
from rollbook.domain.values import value
from rollbook.service.corrections import Corrections
from rollbook.service.ingest.group_commit import GroupCommit
from rollbook.service.ingest.ports import Ledger
from rollbook.service.organizations.limits import IntakeMeter, RequestLimits
from rollbook.service.organizations.ports import Audit, Organizations
from rollbook.service.organizations.sources import KnownSources
from rollbook.service.platforms import SourceKind
from rollbook.service.reports.dossier import Dossiers
from rollbook.service.reports.live import RightNow
from rollbook.service.reports.ports import History, Reports, Sessions
from rollbook.service.reports.room import RoomSources
from rollbook.service.upkeep.erasing import Erasing
from rollbook.web.http.clients import Proxies
from rollbook.web.http.gate import Gate
from rollbook.web.http.long_reads import LongReads, ReadLimits
from rollbook.web.http.refusals import Refusals

AnyRequest = Request[object, object, State]

readable = partial(route, http_method=[HttpMethod.GET, HttpMethod.HEAD], status_code=200)
"""Makes a function the handler of GET, and of HEAD: the server itself leaves the body out."""


@value
class Services:
    """The use cases' ports, and the clock (milliseconds UTC)."""

    reports: Reports
    ledger: Ledger
    organizations: Organizations
    audit: Audit
    tell: Callable[[Entry], None]
    """Lets the log know of something that is not kept."""
    audit_days: int
    """For how many days it is kept who changed what; 0 is for ever."""
    history: History
    sessions: Sessions
    dossiers: Dossiers
    erasing: Erasing
    rooms: RoomSources
    right_now: RightNow
    gate: Gate
    known_sources: KnownSources
    source_kinds: Mapping[str, SourceKind]
    group_commit: GroupCommit
    meter: IntakeMeter
    request_limits: RequestLimits
    check_ready: Callable[[], Awaitable[str | None]]
    """Raises where the service cannot work; answers how the replica stands, where there is one."""
    now: Callable[[], int]
    public_url: str
    """Where the service is reached, if that is set (http/address.py)."""
    proxies: Proxies
    refusals: Refusals
    pages: Callable[[], object]
    """What the dashboard works with (dashboard/services.py)."""
    metrics: Callable[[], Awaitable[bytes]]
    """What the service counts of itself, in Prometheus's text form."""
    metrics_token: str
    """What has to be shown to be told it from elsewhere; nothing is, where this is ""."""
    read_limits: ReadLimits = field(default_factory=ReadLimits)

    def long_reads(self, org_id: str) -> LongReads:
        """What an organization reads for long."""
        return LongReads(org_id, self.read_limits)


def services_of(request: AnyRequest) -> Services:
    return services_in(request.scope)


def corrections_of(services: Services) -> Corrections:
    """What corrects sessions."""
    return Corrections(
        services.ledger, services.organizations, services.history, services.source_kinds
    )


def services_in(scope: Scope) -> Services:
    return cast("Services", scope["litestar_app"].state.services)
