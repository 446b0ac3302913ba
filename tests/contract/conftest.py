"""A school in an empty ledger, on each database."""

import pytest
from support import citus
from support.school import School

from rollbook.domain.organizations import Organization
from rollbook.stores import Stores


@pytest.fixture(params=["sqlite", "postgres", *(["citus"] if citus.GIVEN_URL else [])])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def school(stores: Stores, organization: Organization) -> School:
    return School(stores, organization)
