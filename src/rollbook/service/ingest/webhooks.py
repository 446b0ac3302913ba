"""Deliveries of platforms: proved, translated and recorded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from rollbook.domain.errors import TooOften
from rollbook.domain.sources import Source
from rollbook.domain.values import value
from rollbook.service.ingest.group_commit import GroupCommit
from rollbook.service.ingest.record import Arrival, Rejection
from rollbook.service.platforms import (
    BadSignature,
    Delivery,
    PutOff,
    SourceKind,
    UnreadableDelivery,
    WebhookRequest,
    presences_of,
    translation_settings,
)


def verified(
    source: Source, kind: SourceKind, request: WebhookRequest, now: int
) -> Sequence[Delivery]:
    """What a delivery brings, if a secret of its source proves it; records nothing.

    Raises BadSignature and UnreadableDelivery, and SecretKeyMissing where it cannot be told.
    """
    kind.verify(request, source.proving(), now)
    # A default is no telling: it is kept apart, so that it never hides what somebody did tell.
    settings = replace(translation_settings(source), default_role=None)
    return kind.translate(request, settings, now)


class Meter(Protocol):
    """Looks after what an organization may bring in."""

    async def metered(self, org_id: str, now: int) -> bool:
        """Whether what comes in has to be counted. Raises TooOften where no more may."""
        ...


@value
class Inlet:
    """Where deliveries go: past the meter, and into groups that are committed together."""

    group: GroupCommit
    meter: Meter


async def take_in(
    inlet: Inlet, kind: SourceKind, source: Source, request: WebhookRequest, now: int
) -> bytes | None:
    """Verify, translate and record a delivery; durable when this returns.

    Answers what a platform's test of the address wants to hear, None for a real delivery.
    Raises BadSignature and UnreadableDelivery, both counted for the source, PutOff,
    SecretKeyMissing and StoreUnavailable.
    """
    try:
        answer = kind.handshake(request, source.proving(), now)
        if answer is not None:
            return answer
        deliveries = verified(source, kind, request, now)
    except (BadSignature, UnreadableDelivery) as error:
        inlet.group.reject(Rejection(source, error.message, now))
        raise
    default_role = translation_settings(source).default_role
    presences = presences_of(source, kind)
    arrival = Arrival(source, deliveries, now, presences, default_role)
    await inlet.group.record(replace(arrival, metered=await _metered(inlet, source, now)))
    return None


async def _metered(inlet: Inlet, source: Source, now: int) -> bool:
    try:
        return await inlet.meter.metered(source.org_id, now)
    except TooOften as error:
        raise PutOff(error.message, error.retry_after) from None
