"""A source and its upkeep, on each database."""

import pytest
from upkeep.world import World, opened_world

from rollbook.stores import Stores


@pytest.fixture
async def world(stores: Stores) -> World:
    return await opened_world(stores)
