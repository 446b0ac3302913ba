"""How often an organization may ask, told with every answer.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10: a policy of `q` requests in a window
of `w` seconds, of which `r` remain; after `t` seconds all of them do.
"""

from litestar import types as asgi

from rollbook.domain.limits import BURST_SECONDS, RateExceeded
from rollbook.service.organizations.limits import RequestLimits
from rollbook.web.http.exchange import answer_with

_POLICY = '"requests";q={most};w={window}'
_STATE = '"requests";r={left};t={seconds}'


async def count_request(limits: RequestLimits, request: asgi.Scope, org_id: str, now: int) -> None:
    """Count a request, and have its answer say what is left. Raises RateExceeded."""
    try:
        allowed = await limits.take(org_id, now)
    except RateExceeded as error:
        answer_with(request, {"RateLimit": _STATE.format(left=0, seconds=error.retry_after)})
        raise
    if allowed is not None:
        policy = _POLICY.format(most=allowed.rate.most, window=BURST_SECONDS)
        state = _STATE.format(left=allowed.left, seconds=allowed.full_in)
        answer_with(request, {"RateLimit-Policy": policy, "RateLimit": state})
