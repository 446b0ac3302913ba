"""Providers of organizations, and by which ids they know users, in a database."""

import json

from rollbook.domain.errors import SecretKeyMissing
from rollbook.domain.providers import Provider, RoleClaim
from rollbook.domain.rights import UserRole
from rollbook.store.engine.database import Database, Reading, Row, Writing
from rollbook.store.organization_writes import OrganizationWrites
from rollbook.store.sealing import Sealing

PROVIDER = "identity provider"
"""What its secret is sealed about, in the place of a source: none has an id with a space in it."""


class DatabaseProviders:
    """Reads providers (provider_ports.Providers)."""

    def __init__(self, database: Database, seals: Sealing) -> None:
        self._database = database
        self._seals = seals

    async def provider(self, org_id: str) -> Provider | None:
        async with self._database.reading() as connection:
            row = await _row(connection, org_id)
        return None if row is None else _to_provider(org_id, row, self._seals)


class DatabaseProviderChange(OrganizationWrites):
    """Writes the provider of one organization in a transaction (provider_ports.ProviderChange)."""

    def __init__(self, connection: Writing, org_id: str, seals: Sealing, now: int) -> None:
        super().__init__(connection, org_id)
        self._seals = seals
        self._now = now

    async def set_provider(self, provider: Provider | None) -> None:
        if provider is None:
            await self._write("drop_identity_provider")
            return
        key = await self._seals.key_of_ledger(self._connection, self._now)
        claim = provider.role_claim
        await self._write(
            "set_identity_provider",
            issuer=provider.issuer,
            client_id=provider.client_id,
            client_secret=self._seals.sealed(key, self._org_id, PROVIDER, [provider.client_secret]),
            role_claim=claim.name if claim else None,
            role_values=json.dumps(claim.values) if claim else None,
        )

    async def user_of_identity(self, issuer: str, subject: str) -> str | None:
        values = self._values(issuer=issuer, subject=subject)
        rows = await self._connection.fetch("user_of_identity", values)
        return rows[0][0] if rows else None

    async def is_bound(self, issuer: str, user_id: str) -> bool:
        values = self._values(issuer=issuer, user_id=user_id)
        return bool(await self._connection.fetch("identities_of_user", values))

    async def bind_identity(self, issuer: str, subject: str, user_id: str) -> None:
        await self._write("unbind_identities", user_id=user_id)
        await self._write("bind_identity", issuer=issuer, subject=subject, user_id=user_id)

    async def unbind_identities(self, user_id: str) -> None:
        await self._write("unbind_identities", user_id=user_id)


async def _row(connection: Reading, org_id: str) -> Row | None:
    rows = await connection.fetch("identity_provider", {"org_id": org_id})
    return rows[0] if rows else None


def _to_provider(org_id: str, row: Row, seals: Sealing) -> Provider:
    """Raises SecretKeyMissing where its secret cannot be opened."""
    issuer, client_id, stored, claim, values = row
    opened = seals.opened(org_id, PROVIDER, stored)
    if opened.why_not:
        raise SecretKeyMissing(f"the secret of the provider cannot be read: {opened.why_not}")
    by_role = {UserRole(role): value for role, value in json.loads(values or "{}").items()}
    (secret,) = opened.secrets
    return Provider(issuer, client_id, str(secret), RoleClaim(claim, by_role) if claim else None)
