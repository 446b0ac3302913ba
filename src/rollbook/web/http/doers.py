"""Who does what a request asks for, as it is noted (domain/audit.py)."""

from litestar.types import Scope

from rollbook.domain.audit import Action, Doer, Entry, key_named
from rollbook.web.http.clients import Proxies
from rollbook.web.http.gate import key_id_of
from rollbook.web.http.request_ids import current_request_id
from rollbook.web.http.services import Services


def doer_of(request: Scope, proxies: Proxies, who: str) -> Doer:
    """Somebody, with the address and the id of their request."""
    return Doer(who, proxies.client_of(request), current_request_id() or "")


def program_of(request: Scope, services: Services) -> Doer:
    """Whoever came with a key."""
    return doer_of(request, services.proxies, key_named(key_id_of(request)))


def tell_of_export(request: Scope, services: Services, org_id: str, what: str) -> None:
    """Let the log know that a program took a file away: many do so again and again."""
    doer = program_of(request, services)
    services.tell(Entry(org_id, services.now(), Action.EXPORTED, doer, what))
