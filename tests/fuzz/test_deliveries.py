"""Verifiers and translators: one kind of refusal each, whatever comes, and nothing let in by it."""

import json
from contextlib import suppress

from fuzz.deliveries import NOW, Case, signed_delivery, touched_delivery
from fuzz.hunt import Hunt
from support.signing import secret_for
from support.storable import is_storable

from rollbook.service.platforms import BadSignature, UnreadableDelivery
from rollbook.sources.table import SOURCE_KINDS


def test_verifiers(hunt: Hunt) -> None:
    hunt.through(touched_delivery, verify)


def verify(case: Case) -> None:
    """Whatever is wrong with a delivery, it is refused as badly signed."""
    kind, secrets = SOURCE_KINDS[case.kind], [secret_for(case.kind)]
    with suppress(BadSignature):
        answer = kind.handshake(case.request, secrets, NOW)
        json.loads(answer or b"{}")
    try:
        kind.verify(case.request, secrets, NOW)
    except BadSignature as refused:
        refused.message.encode()
        return
    assert case.is_proved, f"{case.kind} lets in what was changed after it was signed"


def test_translators(hunt: Hunt) -> None:
    hunt.through(signed_delivery, translate)


def translate(case: Case) -> None:
    """What is signed well is understood or not; what is understood can be kept and read again."""
    kind = SOURCE_KINDS[case.kind]
    try:
        deliveries = kind.translate(case.request, case.settings, NOW)
    except UnreadableDelivery:
        return
    for delivery in deliveries:
        is_storable(delivery)
        again = kind.facts(json.loads(delivery.payload), case.settings, NOW)
        assert again == delivery.facts
