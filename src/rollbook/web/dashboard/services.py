"""What the pages work with."""

from dataclasses import dataclass, field
from typing import cast

from rollbook.service.organizations.attempts import Attempts
from rollbook.service.organizations.sign_in import SignIns
from rollbook.service.reports.live import DaySoFar
from rollbook.service.reports.ports import Overviews
from rollbook.service.reports.shared import Shared
from rollbook.web.dashboard.cookies import CookieSigner
from rollbook.web.http.services import AnyRequest

LIVE_MS = 1_000
"""How long what Live shows is shown to others who ask for it."""


@dataclass(frozen=True, slots=True)
class LivePart:
    """What an organization's page Live shows, and its tag."""

    html: str
    tag: str


LiveKey = tuple[str, str | None]
"""The organization, and the place as in which dates and numbers are written."""


def _live_parts() -> Shared[LiveKey, LivePart]:
    return Shared(LIVE_MS)


@dataclass(frozen=True, slots=True)
class PageServices:
    """The dashboard's own services."""

    overviews: Overviews
    sign_ins: SignIns
    signer: CookieSigner
    attempts: Attempts
    day_so_far: DaySoFar
    live_parts: Shared[LiveKey, LivePart] = field(default_factory=_live_parts)


def page_services_of(request: AnyRequest) -> PageServices:
    return cast("PageServices", request.app.state.services.pages)
