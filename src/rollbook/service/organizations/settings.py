"""What an organization sets for itself: one function for each setting."""

import math
from zoneinfo import available_timezones

from rollbook.domain.audit import Action
from rollbook.domain.credits import CreditRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.organizations import checked_locale, checked_name
from rollbook.domain.period import time_zone as known_time_zone
from rollbook.domain.presets import Term, checked_term
from rollbook.domain.retention import Addresses, Retention
from rollbook.service.organizations.ports import Organizations

_MOST_HOURS = 87_600
"""Ten years: as good as for ever, which is 0."""


async def rename(organizations: Organizations, org_id: str, name: str) -> None:
    """Give an organization another name. Raises InvalidInput."""
    checked = checked_name(name)
    async with organizations.changing(org_id) as change:
        await change.rename(checked)
        await change.note(Action.SETTING_CHANGED, "name")


async def set_time_zone(organizations: Organizations, org_id: str, time_zone: str) -> None:
    """Set the zone whose days an organization's reports use. Raises InvalidInput."""
    known_time_zone(time_zone)
    async with organizations.changing(org_id) as change:
        await change.set_time_zone(time_zone)
        await change.note(Action.SETTING_CHANGED, "time zone")


async def set_locale(organizations: Organizations, org_id: str, locale: str) -> None:
    """Set as in which place pages write dates and numbers, `de_DE`; blank: as everywhere.

    Raises InvalidInput.
    """
    place = checked_locale(locale)
    async with organizations.changing(org_id) as change:
        await change.set_locale(place)
        await change.note(Action.SETTING_CHANGED, "dates and numbers")


async def set_credit_rule(organizations: Organizations, org_id: str, rule: CreditRule) -> None:
    """Set how sessions become credits; every report follows at once, also of days gone by."""
    async with organizations.changing(org_id) as change:
        await change.set_credit_rule(rule)
        await change.note(Action.SETTING_CHANGED, "credit rule")


async def set_term(organizations: Organizations, org_id: str, term: Term) -> None:
    """Set the days of the term. Raises InvalidInput."""
    checked = checked_term(term)
    async with organizations.changing(org_id) as change:
        await change.set_term(checked)
        await change.note(Action.SETTING_CHANGED, "term")


async def set_session_timeout(organizations: Organizations, org_id: str, hours: float) -> None:
    """Set how long sessions may be open; 0 is for ever. Raises InvalidInput."""
    if not 0 <= hours <= _MOST_HOURS:
        raise InvalidInput(f"hours must be from 0 to {_MOST_HOURS}", field="hours")
    async with organizations.changing(org_id) as change:
        await change.set_session_timeout(math.ceil(hours * 3600))
        await change.note(Action.SETTING_CHANGED, "session time-out")


async def set_retention(organizations: Organizations, org_id: str, retention: Retention) -> None:
    """Set for how long addresses and payloads are kept; upkeep forgets what is older."""
    async with organizations.changing(org_id) as change:
        await change.set_retention(retention)
        await change.note(Action.SETTING_CHANGED, "retention")


async def set_addresses(organizations: Organizations, org_id: str, kept: Addresses) -> None:
    """Set what is kept of the addresses that come from now on."""
    async with organizations.changing(org_id) as change:
        await change.set_addresses(kept)


def time_zone_names() -> list[str]:
    """The zones to choose from: places, and none of the historical short names."""
    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")
