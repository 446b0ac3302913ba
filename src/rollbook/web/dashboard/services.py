"""What the pages work with."""

from dataclasses import dataclass, field
from typing import NamedTuple, cast

from rollbook.service.organizations.attempts import Attempts
from rollbook.service.organizations.sign_in import SignIns
from rollbook.service.reports import live as reports
from rollbook.service.reports.findings import Findings, LongerCounts
from rollbook.service.reports.live import DaySoFar
from rollbook.service.reports.ports import Overviews
from rollbook.service.reports.shared import Shared
from rollbook.web.dashboard.cookies import CookieSigner
from rollbook.web.http.services import AnyRequest


class LiveView(NamedTuple):
    """What somebody sees of an organization on Live: as of when, how, and what they search for.

    Dates and numbers are written as in `place`.
    """

    org_id: str
    at: int
    place: str | None
    compact: bool
    search: str


@dataclass(frozen=True, slots=True)
class LivePart:
    """What the page Live shows of a view, and its tag."""

    html: str
    tag: str


def _live_parts() -> Shared[LiveView, LivePart]:
    return Shared(reports.LIVE_MS)


@dataclass(frozen=True, slots=True)
class PageServices:
    """The dashboard's own services."""

    overviews: Overviews
    findings: Findings
    longer_counts: LongerCounts
    sign_ins: SignIns
    signer: CookieSigner
    attempts: Attempts
    day_so_far: DaySoFar
    live_parts: Shared[LiveView, LivePart] = field(default_factory=_live_parts)


def page_services_of(request: AnyRequest) -> PageServices:
    return cast("PageServices", request.app.state.services.pages)
