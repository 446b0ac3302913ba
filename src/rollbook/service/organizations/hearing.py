"""What is heard of sources: lately, against what is usual, and whether more could be heard."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Literal
from zoneinfo import ZoneInfo

from rollbook.domain.silence import (
    Silence,
    quarter_of,
    silence,
    silent_span,
    weeks_before,
)
from rollbook.domain.sources import OwnKind, Source
from rollbook.domain.values import value
from rollbook.service.organizations.ports import HeardSince, Organizations
from rollbook.service.organizations.sources import SourceState
from rollbook.service.platforms import SourceKind

WITHOUT_DELIVERIES = frozenset({OwnKind.IMPORT, OwnKind.CORRECTIONS})
"""Sources to which nothing is delivered: people bring what they tell, whenever they like."""

_HOUR_MS = 3_600_000
_LATELY_MS = (_HOUR_MS, 24 * _HOUR_MS, 7 * 24 * _HOUR_MS)


@value
class Hearing:
    """What came of a source in the last hour, day and week, and how silent it is since.

    Each begins with a quarter of an hour. `silence` is None while something came just now, and for a
    source that is paused, was never heard of, or to which nothing is delivered.
    """

    lately: Sequence[HeardSince]
    silence: Silence | None


async def hearing(
    organizations: Organizations, state: SourceState, zone: ZoneInfo, now: int
) -> Hearing:
    """What is heard of a source at `now` (ms UTC); weeks go by the clocks of a zone."""
    source, heard_at = state.source, state.health.last_received_at
    span = None if heard_at is None else silent_span(heard_at, now)
    spans = weeks_before(span or (now, now), zone)
    since = [quarter_of(now - gone) for gone in _LATELY_MS]
    found = await organizations.heard(source.org_id, source.source_id, since, spans)
    quiet = source.disabled_at is not None or source.kind in WITHOUT_DELIVERIES
    if span is None or heard_at is None or quiet:
        return Hearing(found.lately, None)
    earlier = list(zip(spans, found.in_spans, strict=True))
    return Hearing(found.lately, silence(heard_at, span, earlier, found.counted_since))


Standing = Literal["good", "open", "bad"]


@value
class Check:
    """Something that has to be right before events come in: how it stands, and what to do."""

    what: str
    standing: Standing
    says: str


def checks(source: Source, kind: SourceKind | None, scheme: str, host: str) -> list[Check]:
    """What can be said of a source from in here; this service is reached by `scheme` at `host`.

    Whether its platform reaches this service, and has the same secret, only a delivery can tell.
    """
    return [_pause(source), _secret(source, kind), _address(scheme, host)]


def _pause(source: Source) -> Check:
    if source.disabled_at is not None:
        return Check("Taking events", "bad", "It is paused: whatever it sends is refused.")
    return Check("Taking events", "good", "It is not paused.")


def _secret(source: Source, kind: SourceKind | None) -> Check:
    if kind is None:
        opens = "Your application proves itself with the organization's key."
        return Check("Key", "good" if source.kind == OwnKind.EVENTS else "open", opens)
    wrong = [
        part.wrong(secret.get(part.name, ""))
        for secret in source.secrets
        for part in kind.secret_parts
    ]
    problem = next((text for text in wrong if text), None)
    if not source.secrets:
        return Check("Secret", "bad", "There is none, so nothing can be proved: rotate the secret.")
    if problem:
        return Check("Secret", "bad", f"It can prove nothing: {problem}. Rotate the secret.")
    many = "" if len(source.secrets) == 1 else f" Any of {len(source.secrets)} is believed."
    return Check("Secret", "good", f"There is one, and it has the form that it must have.{many}")


def _address(scheme: str, host: str) -> Check:
    if _is_here_alone(host):
        says = f"{host} is a name or address of this network alone: no platform outside reaches it."
        return Check("Address", "open", says)
    if scheme != "https":
        says = "It is reached by http: most platforms deliver to https alone."
        return Check("Address", "open", says)
    says = f"{host} can be reached from outside, as far as its name tells. A delivery shows it."
    return Check("Address", "open", says)


def _is_here_alone(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal", ".lan"))
