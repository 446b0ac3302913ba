"""Every platform that can send events. One more is one file, its fixtures and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from rollbook.service.platforms import SourceKind
from rollbook.sources.agora import Agora
from rollbook.sources.bigbluebutton import BigBlueButton
from rollbook.sources.daily import Daily
from rollbook.sources.getstream import GetStream
from rollbook.sources.hundredms import HundredMs
from rollbook.sources.jaas import JaaS
from rollbook.sources.jitsi import Jitsi
from rollbook.sources.livekit.webhooks import LiveKit
from rollbook.sources.realtimekit import RealtimeKit
from rollbook.sources.twilio import Twilio
from rollbook.sources.whereby import Whereby
from rollbook.sources.zoom.webhooks import Zoom, ZoomVideoSdk

_PLATFORMS: tuple[SourceKind, ...] = (
    LiveKit(),
    Daily(),
    Zoom(),
    JaaS(),
    Whereby(),
    BigBlueButton(),
    HundredMs(),
    RealtimeKit(),
    GetStream(),
    Jitsi(),
    ZoomVideoSdk(),
    Agora(),
    Twilio(),
)

SOURCE_KINDS: Mapping[str, SourceKind] = MappingProxyType({one.kind: one for one in _PLATFORMS})
"""Platforms by the name that stands in their webhook's address."""
