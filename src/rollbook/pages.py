"""What the pages work with, put together.

It is loaded with the pages, when the API answers already (docs/decisions/0061).
"""

import asyncio
from functools import cache, partial

from rollbook.passwords import PasswordHashes
from rollbook.service.organizations.attempts import Attempts
from rollbook.service.organizations.own_rooms import OwnRooms
from rollbook.service.organizations.provider_ports import Asked
from rollbook.service.organizations.sign_in import SignIns
from rollbook.service.reports.awaited import PlansOfDay
from rollbook.service.reports.findings import LongerCounts
from rollbook.service.reports.live import DaySoFar
from rollbook.sources.files.reading import Files
from rollbook.store.engine.statements import statement
from rollbook.store.reports.findings import DatabaseFindings
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.store.schedules import DatabaseSchedules
from rollbook.stores import Stores, clock
from rollbook.web.dashboard.cookies import CookieSigner
from rollbook.web.dashboard.sealed_addresses import AddressSeal
from rollbook.web.dashboard.services import FileServices, PageServices
from rollbook.web.http.uploads import Uploads


@cache
def _openid(within: frozenset[str]) -> Asked:
    """Who asks providers of sign-ins. Its libraries take long to load, and many services have no provider."""
    from rollbook.identity.asking import Asking  # noqa: PLC0415 - see above
    from rollbook.identity.openid import OpenId  # noqa: PLC0415 - see above

    return OpenId(Asking(within), clock)


def page_services(
    stores: Stores,
    overviews: DatabaseOverviews,
    attempts: Attempts,
    uploads: Uploads,
    within: frozenset[str],
) -> PageServices:
    """What the pages work with. `attempts` counts for both ways in, and `within` are networks of providers."""
    # Its text for PostgreSQL is made of thousands of letters: the first search would wait for that.
    statement("people_found", stores.database.dialect)
    findings, passwords = DatabaseFindings(stores.readable), PasswordHashes()
    return PageServices(
        overviews,
        findings,
        LongerCounts(findings),
        SignIns(stores.organizations, stores.users, passwords),
        stores.users,
        OwnRooms(stores.users),
        passwords,
        stores.providers,
        stores.shared_links,
        lambda: asyncio.to_thread(_openid, within),
        CookieSigner(stores.keys),
        partial(AddressSeal, stores.keys),
        attempts,
        DaySoFar(overviews),
        PlansOfDay(DatabaseSchedules(stores.database)),
        FileServices(uploads, Files(), stores.ledger, stores.database.take_stock),
    )
