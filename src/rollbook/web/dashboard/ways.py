"""What a browser holds of somebody who is on their way to a provider and back."""

from rollbook.domain.providers import Challenge
from rollbook.domain.values import value

WAY_SECONDS = 600
"""How long somebody may take: to find a password, and a second factor."""


@value
class Way:
    """To which organization's provider, and what then. `since` in milliseconds UTC."""

    org_id: str
    challenge: Challenge
    onward: str
    invitation: str
    anew: bool
    since: int
