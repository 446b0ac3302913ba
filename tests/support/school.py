"""An organization as tests see it: it is told of visits, and asked what the contract asks."""

import json
from dataclasses import dataclass
from typing import Any

from support.organizations import add_organization
from support.visits import Visit, facts_of, import_source, told

from rollbook.domain.credits import CreditRule
from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.ids import new_org_id
from rollbook.domain.instants import from_text
from rollbook.domain.organizations import Organization
from rollbook.domain.presences import session_id_for
from rollbook.service.corrections import Correction, Corrections
from rollbook.service.ingest.importing import ImportCount
from rollbook.service.reports.csv_report import csv_report
from rollbook.stores import Stores
from rollbook.web.api.participant_sessions import answer_json
from rollbook.web.api.participant_shapes import SessionsRequest, from_json

NOON = "2024-01-15T12:00:00.000Z"
"""The present of most tests: the middle of the day of the contract's examples."""

DEFAULT_RULE = CreditRule()

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class School:
    """An organization, asked at `now`."""

    stores: Stores
    organization: Organization
    now: str = NOON

    async def saw(self, *visits: Visit) -> ImportCount:
        """Import these visits in one file."""
        return await told(self.stores.ledger, self.organization, facts_of(visits))

    async def corrected(self, visit_id: str, what: Correction) -> None:
        """A person with the right to it says something of a visit."""
        stores, source = self.stores, import_source(self.organization)
        desk = Corrections(stores.ledger, stores.organizations, stores.history, {})
        session_id = session_id_for(source.source_id, visit_id)
        await desk.correct(self.organization.org_id, session_id, what, from_text(self.now))

    async def json(self, **body: Any) -> bytes:
        """The body of the JSON answer to a request of the contract."""
        asked = self._asked(body)
        return await answer_json(
            self.stores.reports, self.organization, asked.question, from_text(self.now)
        )

    async def answer(self, **body: Any) -> Body:
        """The `data` of the JSON answer."""
        data: Body = json.loads(await self.json(**body))["data"]
        return data

    async def csv(self, **body: Any) -> str:
        """The whole CSV answer."""
        asked = self._asked({**body, "export": "csv"})
        report = csv_report(
            self.stores.reports,
            self.organization,
            asked.question,
            asked.csv or CsvForm(),
            from_text(self.now),
        )
        return "".join([chunk async for chunk in report.chunks])

    def _asked(self, body: Body) -> SessionsRequest:
        request = json.dumps({"uid": "student-123", **body}).encode()
        return from_json(request, self.organization.time_zone, from_text(self.now))


async def opened_school(
    stores: Stores,
    time_zone: str = "UTC",
    rule: CreditRule = DEFAULT_RULE,
    now: str = NOON,
) -> School:
    """A school of a new organization that is set up."""
    organization = Organization(new_org_id(), "Riverside", time_zone, rule, has_source=True)
    await add_organization(stores, organization, import_source(organization))
    return School(stores, organization, now)
