"""What the pages work with."""

from dataclasses import dataclass
from typing import cast

from rollbook.service.organizations.attempts import Attempts
from rollbook.service.organizations.sign_in import SignIns
from rollbook.service.reports.ports import Overviews
from rollbook.web.dashboard.cookies import CookieSigner
from rollbook.web.http.services import AnyRequest


@dataclass(frozen=True, slots=True)
class PageServices:
    """The dashboard's own services."""

    overviews: Overviews
    sign_ins: SignIns
    signer: CookieSigner
    attempts: Attempts


def page_services_of(request: AnyRequest) -> PageServices:
    return cast("PageServices", request.app.state.services.pages)
