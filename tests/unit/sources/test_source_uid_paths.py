"""Where an organization says that its own ids are, on every platform."""

import json
from pathlib import Path
from typing import Any

import pytest

from rollbook.domain.events import Joined, Participant
from rollbook.service.platforms import TranslationSettings
from rollbook.sources.table import SOURCE_KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
NOW = 1_795_424_404_000

# A join of each platform, and where it has the name: a text that is no id by itself.
NAMES = {
    "livekit": ("participant_joined", "name"),
    "daily": ("participant.joined", "user_name"),
    "zoom": ("meeting.participant_joined", "user_name"),
    "jaas": ("PARTICIPANT_JOINED", "name"),
    "whereby": ("room.client.joined", "displayName"),
    "bigbluebutton": ("user-joined", "name"),
    "100ms": ("peer.join.success", "user_name"),
    "realtimekit": ("meeting.participantJoined", "userDisplayName"),
    "getstream": ("call.session_participant_joined", "user.name"),
    "jitsi": ("muc-occupant-joined", "name"),
    "zoom-video-sdk": ("session.user_joined", "name"),
    "agora": ("103.broadcaster_joined", "uid"),
    "twilio": ("participant-connected", "ParticipantSid"),
}
NAMELESS = {"agora": "3187264515", "twilio": "PA22222222222222222222222222222222"}
"""What stands there on platforms that tell no names."""

of_every_platform = pytest.mark.parametrize("kind", SOURCE_KINDS)


def joining(kind: str, *uid_paths: str) -> Participant:
    event: Any = json.loads((FIXTURES / kind / f"{NAMES[kind][0]}.json").read_text())
    event = event[0] if isinstance(event, list) else event
    (fact,) = SOURCE_KINDS[kind].facts(event, TranslationSettings(uid_paths=uid_paths), NOW)
    assert isinstance(fact, Joined)
    return fact.participant


@of_every_platform
def test_an_id_is_found_where_the_organization_says(kind: str) -> None:
    plain = joining(kind)
    name = plain.name or NAMELESS[kind]
    assert joining(kind, "nowhere.at.all", NAMES[kind][1]).uid == name
    assert name != plain.uid


@of_every_platform
def test_where_nothing_is_found_the_platforms_best_id_counts(kind: str) -> None:
    assert joining(kind, "nowhere.at.all") == joining(kind)


def test_livekit_tells_people_apart_by_its_own_identity_all_the_same() -> None:
    plain = joining("livekit")
    assert plain.identity is None
    assert joining("livekit", "name").identity == plain.uid
