"""Zoom: HMAC-SHA256 in hex over a version, the timestamp and the body.

Zoom has no id for an event and none for a presence that is sure to be fresh on a rejoin. A
presence is a `participant_uuid` within one run of the meeting or session: who moves to a breakout
room leaves and joins under the same one in the same second.
"""

import json
from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact
from rollbook.domain.sessions import Rules
from rollbook.service.platforms import PlatformSetting, TranslationSettings, WebhookRequest
from rollbook.sources.common import signatures
from rollbook.sources.common.payloads import JsonObject
from rollbook.sources.common.platform import Heading, Platform, plain_secret
from rollbook.sources.zoom import meetings, video_sdk
from rollbook.sources.zoom.told import GUESTS, event_id, facts_of

TOLERANCE = 120 * signatures.MINUTE
"""Zoom's last try comes 85 minutes after the first, and it may keep the first one's timestamp."""

_TEST = "endpoint.url_validation"


class Zoom(Platform):
    """Zoom meetings and webinars. Its app may bring events of the Video SDK as well."""

    kind = "zoom"
    title = "Zoom"
    secret_parts = plain_secret("The Secret Token of your Marketplace app's event subscriptions.")
    steps = (
        "Enter this as the event notification endpoint, choose meeting.started, meeting.ended, "
        "meeting.participant_joined and meeting.participant_left, and let Zoom validate it."
    )
    settings: tuple[PlatformSetting, ...] = (GUESTS,)
    presences = Rules(comes_again=True)

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        _proving_secret(request, secrets, now)

    def handshake(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> bytes | None:
        """Answered to Zoom alone: the answer to a stranger's text would be a signature for it."""
        if _TEST.encode() not in request.body:
            return None
        secret = _proving_secret(request, secrets, now)
        token = _token_of_test(request.body)
        if token is None:
            return None
        encrypted = signatures.hmac_sha256(secret, token).hexdigest()
        return json.dumps({"plainToken": token, "encryptedToken": encrypted}).encode()

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        return Heading(event.get("event"), event_id(event), event.get("event_ts"))

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        told = meetings.told(event) or video_sdk.told(event)
        return facts_of(told, event.get("event_ts"), settings, now) if told else ()


class ZoomVideoSdk(Zoom):
    """Sessions of Zoom's Video SDK, whose apps are made apart from those for meetings."""

    kind = "zoom-video-sdk"
    title = "Zoom Video SDK"
    secret_parts = plain_secret("The Secret Token of your Video SDK app's event subscriptions.")
    steps = (
        "Enter this as the event notification endpoint, choose session.started, session.ended, "
        "session.user_joined and session.user_left, and let Zoom validate it."
    )
    settings: tuple[PlatformSetting, ...] = ()


def _proving_secret(request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int) -> str:
    given = signatures.header(request, "x-zm-signature")
    stamp = signatures.header(request, "x-zm-request-timestamp")

    def sign(secret: str) -> str:
        return f"v0={signatures.hmac_sha256(secret, f'v0:{stamp}:', request.body).hexdigest()}"

    secret = signatures.proving_secret(signatures.values(secrets, "secret"), [given], sign)
    signatures.require_fresh(stamp, now, TOLERANCE)
    return secret


def _token_of_test(body: bytes) -> str | None:
    """The text that Zoom wants encrypted; None for an event that only mentions such a test."""
    try:
        event = json.loads(body)
        token = event["payload"]["plainToken"] if event["event"] == _TEST else None
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return token if isinstance(token, str) else None
