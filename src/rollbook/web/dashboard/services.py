"""What the pages work with."""

from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import NamedTuple, cast

from rollbook.domain.values import value
from rollbook.service.ingest.files import FileReader
from rollbook.service.ingest.ports import Imports
from rollbook.service.organizations.attempts import Attempts
from rollbook.service.organizations.own_rooms import OwnRooms
from rollbook.service.organizations.provider_ports import Asked, Providers
from rollbook.service.organizations.share_ports import SharedLinks
from rollbook.service.organizations.sign_in import SignIns
from rollbook.service.organizations.user_ports import Passwords, Users
from rollbook.service.reports import live as reports
from rollbook.service.reports.awaited import PlansOfDay
from rollbook.service.reports.findings import Findings, LongerCounts
from rollbook.service.reports.live import DaySoFar
from rollbook.service.reports.ports import Overviews
from rollbook.service.reports.shared import Shared
from rollbook.service.reports.turns import Turns
from rollbook.web.dashboard.cookies import CookieSigner
from rollbook.web.dashboard.sealed_addresses import AddressSeal
from rollbook.web.http.services import AnyRequest
from rollbook.web.http.uploads import Uploads


class LiveView(NamedTuple):
    """What somebody sees of an organization on Live: as of when, how, and what they search for.

    Dates and numbers are written as in `place`.
    """

    org_id: str
    at: int
    place: str | None
    compact: bool
    search: str


@value
class LivePart:
    """What the page Live shows of a view, and its tag."""

    html: str
    tag: str


def _live_parts() -> Shared[LiveView, LivePart]:
    return Shared(reports.LIVE_MS)


def _receiving() -> Turns:
    refusal = "Too many files of this organization are being sent: wait for one of them to end"
    return Turns(2, waiting=4, patience=30.0, refusal=refusal)


def _working() -> Turns:
    refusal = "Another file of this organization is being read: try again in a moment"
    return Turns(1, waiting=4, patience=30.0, refusal=refusal)


@value
class FileServices:
    """What brings files into the ledger."""

    uploads: Uploads
    reader: FileReader
    imports: Imports
    take_stock: Callable[[str], Awaitable[None]]
    """Lets the database count what it holds, after much was added to an organization."""
    receiving: Turns = field(default_factory=_receiving)
    working: Turns = field(default_factory=_working)
    """The turns of all organizations, in this process."""


@value
class PageServices:
    """The dashboard's own services."""

    overviews: Overviews
    findings: Findings
    longer_counts: LongerCounts
    sign_ins: SignIns
    users: Users
    own_rooms: OwnRooms
    passwords: Passwords
    providers: Providers
    shared_links: SharedLinks
    openid: Callable[[], Awaitable[Asked]]
    """Who asks providers; loaded with the first question."""
    signer: CookieSigner
    address_seal: Callable[[str], AddressSeal]
    """What seals and opens the addresses of an organization's pages, by its id."""
    attempts: Attempts
    day_so_far: DaySoFar
    plans: PlansOfDay
    files: FileServices
    live_parts: Shared[LiveView, LivePart] = field(default_factory=_live_parts)


def page_services_of(request: AnyRequest) -> PageServices:
    return cast("PageServices", request.app.state.services.pages())
