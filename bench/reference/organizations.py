"""Who asks: a key's organization, from a query, remembered for two seconds as Rollbook does."""

import hashlib
import time
from typing import Annotated

from fastapi import Depends, Header, HTTPException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bench.reference.database import database_session
from bench.reference.models import Organization, OrganizationKey, Source

_FRESH_SECONDS = 2.0

_remembered: dict[str, tuple[float, Organization]] = {}


async def current_organization(
    database: Annotated[AsyncSession, Depends(database_session)],
    key: Annotated[str | None, Header(alias="VF-ORG-ID")] = None,
) -> Organization:
    """The organization that the request's key opens."""
    if key is None:
        raise HTTPException(401, "Unauthorized")
    found = _remembered.get(key)
    if found is not None and time.monotonic() - found[0] < _FRESH_SECONDS:
        return found[1]
    organization = await _look_up(database, key)
    _remembered[key] = (time.monotonic(), organization)
    return organization


async def _look_up(database: AsyncSession, key: str) -> Organization:
    hashed = hashlib.sha256(key.encode()).hexdigest()
    statement = (
        select(Organization)
        .join(OrganizationKey, OrganizationKey.org_id == Organization.org_id)
        .where(OrganizationKey.key_hash == hashed, OrganizationKey.revoked_at.is_(None))
    )
    organization = await database.scalar(statement)
    if organization is None:
        raise HTTPException(401, "Unauthorized")
    source = select(Source.source_id).where(Source.org_id == organization.org_id).limit(1)
    if await database.scalar(source) is None:
        raise HTTPException(422, "Organization setup is incomplete")
    return organization
