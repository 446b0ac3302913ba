"""Platforms in the words of people who connect one: the long form is docs/sources."""

from collections.abc import Mapping
from typing import NamedTuple

_SECRET = {"secret": "Secret"}


class Platform(NamedTuple):
    """A platform's name, where its secret is, what the parts are called, what to choose there."""

    name: str
    secret_is: str
    parts: Mapping[str, str]
    then: str


PLATFORMS: Mapping[str, Platform] = {
    "livekit": Platform(
        "LiveKit",
        "An API key and its secret, as in the keys of your LiveKit server's configuration.",
        {"api_key": "API key", "api_secret": "API secret"},
        "Paste this into the configuration of the server, or the same into a LiveKit Cloud project.",
    ),
    "daily": Platform(
        "Daily",
        "A secret of 32 random bytes in base64, which you also give to Daily as hmac.",
        _SECRET,
        "Create a webhook with this address for meeting.started, meeting.ended, "
        "participant.joined and participant.left.",
    ),
    "zoom": Platform(
        "Zoom",
        "The Secret Token of your Marketplace app's event subscriptions.",
        _SECRET,
        "Enter this as the event notification endpoint, choose meeting.started, meeting.ended, "
        "meeting.participant_joined and meeting.participant_left, and let Zoom validate it.",
    ),
    "jaas": Platform(
        "8x8 JaaS (Jitsi)",
        "The webhook's secret in the JaaS console; it begins with whsec_.",
        _SECRET,
        "Add a webhook with this address for ROOM_CREATED, ROOM_DESTROYED, PARTICIPANT_JOINED "
        "and PARTICIPANT_LEFT.",
    ),
    "whereby": Platform(
        "Whereby",
        "The webhook's secret in the Whereby dashboard.",
        _SECRET,
        "Add a webhook with this address for room.client.joined and room.client.left.",
    ),
    "bigbluebutton": Platform(
        "BigBlueButton",
        "The secret of the BigBlueButton API: bbb-conf --secret shows it.",
        _SECRET,
        "Add this address to permanentURLs in the configuration of bbb-webhooks, getRaw: false.",
    ),
    "100ms": Platform(
        "100ms",
        "100ms does not sign. It sends a header that you choose with a long value that you make up.",
        {"header": "Name of the header", "value": "Value of the header"},
        "Enter this address and the same header in the webhook settings of 100ms.",
    ),
    "realtimekit": Platform(
        "Cloudflare RealtimeKit",
        "The public key with which RealtimeKit signs; it begins with -----BEGIN PUBLIC KEY-----.",
        {"public_key": "Public key"},
        "Register this address for meeting.started, meeting.ended, meeting.participantJoined and "
        "meeting.participantLeft.",
    ),
    "getstream": Platform(
        "GetStream Video",
        "The API secret of your Stream app.",
        _SECRET,
        "Enter this address with call.session_started, call.session_participant_joined, "
        "call.session_participant_left and call.session_ended.",
    ),
}
