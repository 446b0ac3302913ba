"""Who does what a request asks for, as it is noted (domain/audit.py)."""

from litestar.types import Scope

from rollbook.domain.audit import Doer
from rollbook.web.http.clients import Proxies
from rollbook.web.http.exchange import current_request_id


def doer_of(request: Scope, proxies: Proxies, who: str) -> Doer:
    """Somebody, with the address and the id of their request."""
    return Doer(who, proxies.client_of(request), current_request_id() or "")
