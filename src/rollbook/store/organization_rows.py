"""Rows to organizations, keys and sources."""

import json
from collections.abc import Sequence

from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.organizations import KeyRecord, Organization, key_id
from rollbook.domain.sources import Source
from rollbook.store.engine.database import Row
from rollbook.store.sealing import Sealing


def to_keys(rows: Sequence[Row]) -> list[KeyRecord]:
    return [KeyRecord(key_hash, key_id(key_hash), *rest) for key_hash, *rest in rows]


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
