"""Rows to organizations, keys and sources."""

import json
from collections.abc import Collection, Sequence

from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.organizations import KeyRecord, Organization, key_id
from rollbook.domain.rights import UserRole
from rollbook.domain.scopes import EVERY_SCOPE, Scope
from rollbook.domain.sources import Source
from rollbook.domain.users import User
from rollbook.store.engine.database import Row
from rollbook.store.sealing import Sealing


def to_keys(rows: Sequence[Row]) -> list[KeyRecord]:
    return [to_key(row) for row in rows]


def to_key(row: Row) -> KeyRecord:
    hashed, label, created_at, revoked_at, scopes, expires_at, used_at = row
    return KeyRecord(
        hashed,
        key_id(hashed),
        label,
        created_at,
        revoked_at,
        to_scopes(scopes),
        expires_at,
        used_at,
    )


def to_scopes(stored: str | None) -> frozenset[Scope]:
    return EVERY_SCOPE if stored is None else frozenset(map(Scope, stored.split()))


def of_scopes(scopes: Collection[Scope]) -> str | None:
    """Scopes as they are stored: None is every one."""
    return None if frozenset(scopes) >= EVERY_SCOPE else " ".join(sorted(scopes))


def to_user(row: Row) -> User:
    *who, role, created_at, disabled_at, signed_in_at, invited_until, has_password = row
    user_id, name, email = who
    return User(
        user_id,
        name,
        email,
        UserRole(role),
        created_at,
        disabled_at,
        signed_in_at,
        invited_until,
        bool(has_password),
    )


def to_organization(row: Row) -> Organization:
    org_id, name, time_zone, rounding, minimum_seconds, locale, has_source = row
    rule = CreditRule(Rounding(rounding), minimum_seconds)
    return Organization(org_id, name, time_zone, rule, bool(has_source), locale)


def to_source(row: Row, seals: Sealing) -> Source:
    org_id, source_id, kind, name, created_at, stored, settings, disabled_at = row
    secrets, why_not = seals.opened(org_id, source_id, stored)
    return Source(
        org_id,
        source_id,
        kind,
        name,
        created_at,
        tuple(secrets),
        json.loads(settings),
        disabled_at,
        why_not,
    )
