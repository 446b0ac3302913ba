"""What an organization sets for itself on the dashboard."""

from zoneinfo import available_timezones

from rollbook.domain.credits import CreditRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.presets import Term
from rollbook.service.dashboard.ports import Browsing


def time_zone_names() -> list[str]:
    """The zones to choose from: places, and none of the historical short names."""
    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")


async def set_credit_rule(browsing: Browsing, org_id: str, rule: CreditRule) -> None:
    """Set how sessions become credits; every report follows at once, also of days gone by."""
    await browsing.set_credit_rule(org_id, rule)


async def set_term(browsing: Browsing, org_id: str, term: Term) -> None:
    """Set the days of the term. Raises InvalidInput."""
    if term.last < term.first:
        raise InvalidInput("The term's last day must not be before its first one.")
    await browsing.set_term(org_id, term)
