"""A school in an empty ledger, on each database."""

import pytest
from support.school import School

from rollbook.domain.organizations import Organization
from rollbook.stores import Stores


@pytest.fixture
def school(stores: Stores, organization: Organization) -> School:
    return School(stores, organization)
