"""Whatever a stranger or a changed platform sends: one kind of refusal, and no lost event."""

import copy
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, assume, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.storable import is_storable

from rollbook.domain.events import Joined
from rollbook.service.platforms import (
    BadSignature,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)
from rollbook.sources.table import SOURCE_KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
NOW = 1_795_424_404_000
# The first drawn text builds tables of Unicode, which is no fault of the test.
PATIENT = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVERY_KIND = pytest.mark.parametrize("kind", sorted(SOURCE_KINDS))
SECRETS: Mapping[str, Mapping[str, str]] = {
    "livekit": {"api_key": "key", "api_secret": "secret"},
    "100ms": {"header": "X-Secret", "value": "ä".join("value")},
    "jitsi": {"header": "X-Secret", "value": "ä".join("value")},
    "realtimekit": {
        "public_key": next(
            raw["public_key_pem"]
            for raw in json.loads((FIXTURES / "signatures.json").read_text())
            if "public_key_pem" in raw
        )
    },
}
HEADERS = (
    "authorization",
    "x-webhook-signature",
    "x-webhook-timestamp",
    "x-jaas-signature",
    "whereby-signature",
    "x-zm-signature",
    "x-zm-request-timestamp",
    "x-secret",
    "rtk-signature",
    "rtk-uuid",
    "dyte-signature",
    "x-signature",
    "x-webhook-id",
    "agora-signature",
    "agora-signature-v2",
    "x-twilio-signature",
    "x-twilio-webhooks-signature-settings",
)

# Any code point, lone surrogates and NUL included: JSON can spell them all.
any_text = st.text(st.characters(codec=None), max_size=40)
near_token = st.builds("{}.{}.{}".format, any_text, any_text, any_text)
near_stamped = st.builds("t={},v1={}".format, st.integers(), any_text)
header_values = st.one_of(
    any_text,
    near_token,
    near_stamped,
    st.integers().map(str),
    st.binary().map(lambda octets: octets.decode("latin-1")),
    st.sampled_from(["eyJhbGciOiJub25lIn0.e30.", "1e999", "9" * 16, "v0=", "====", "Bearer "]),
)
numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([10**400, -1, 0, 2**63, 1e308]))
instants_or_not = st.sampled_from(
    ["", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00", "2026-13-01T00:00:00Z", "2026-W01-1"]
)
leaves = st.one_of(st.none(), st.booleans(), numbers, any_text, instants_or_not)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(any_text, inner, max_size=3)
    ),
    max_leaves=8,
)


def secrets_of(kind: str) -> Sequence[Mapping[str, str]]:
    return [SECRETS.get(kind, {"secret": "c2VjcmV0"})]


@EVERY_KIND
@PATIENT
@given(data=st.data())
def test_anything_is_refused_as_a_bad_signature(kind: str, data: st.DataObject) -> None:
    headers = data.draw(st.dictionaries(st.sampled_from(HEADERS), header_values))
    url = data.draw(st.one_of(any_text, any_text.map("https://host/?checksum={}".format)))
    request = WebhookRequest(headers, data.draw(st.binary()), url)
    with pytest.raises(BadSignature):
        SOURCE_KINDS[kind].verify(request, secrets_of(kind), NOW)
    with pytest.raises(BadSignature):
        SOURCE_KINDS[kind].verify(request, [dict.fromkeys(secrets_of(kind)[0], "")], NOW)


@EVERY_KIND
@PATIENT
@given(secret=any_text, value=header_values)
def test_a_secret_of_any_form_is_no_trouble(kind: str, secret: str, value: str) -> None:
    request = WebhookRequest(dict.fromkeys(HEADERS, value), b"{}", "https://host/")
    broken = {part.name: secret for part in SOURCE_KINDS[kind].secret_parts}
    try:
        SOURCE_KINDS[kind].verify(request, [broken], NOW)
    except BadSignature:
        return
    # Somebody who knows the secret, which is possible only where it is sent as it is.
    assert secret.strip()
    assert kind in {"100ms", "bigbluebutton", "jitsi"}


@EVERY_KIND
@PATIENT
@given(body=st.binary())
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b"event=" + b"%5B" * 50_000)
@example(b"\x1f\x8b")
@example(b'{"event": "x", "room": ' + b"9" * 5_000 + b"}")
@example(b"&".join([b"event=%5B%5D"] * 1_000))
def test_anything_is_unreadable_and_no_worse(kind: str, body: bytes) -> None:
    with pytest.raises(UnreadableDelivery):
        SOURCE_KINDS[kind].translate(WebhookRequest({}, body), TranslationSettings(), NOW)


@EVERY_KIND
@PATIENT
@given(body=st.binary())
def test_a_handshake_is_asked_of_any_body(kind: str, body: bytes) -> None:
    assume(b"test" not in body)
    request = WebhookRequest({}, body)
    assert SOURCE_KINDS[kind].handshake(request, secrets_of(kind), NOW) is None


def fixtures_of(kind: str) -> list[Any]:
    paths = sorted((FIXTURES / kind).glob("*.json"))
    return [json.loads(path.read_text()) for path in paths if path.name[:3] not in ("api", "_ve")]


@st.composite
def broken_events(draw: st.DrawFn, kind: str) -> Any:
    """A fixture with some of its fields gone, or of other types than the contract says."""
    event = copy.deepcopy(draw(st.sampled_from(fixtures_of(kind))))
    for path in draw(st.lists(st.sampled_from(all_paths(event)), min_size=1, max_size=4)):
        parent = event
        for key in path[:-1]:
            parent = parent[key] if child_exists(parent, key) else None
        if child_exists(parent, path[-1]):
            parent[path[-1]] = draw(values)
    return event


def all_paths(thing: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = children(thing)
    inner = [one for key, value in members for one in all_paths(value, (*path, key))]
    return [*([path] if path else []), *inner]


def children(thing: Any) -> list[tuple[Any, Any]]:
    if isinstance(thing, dict):
        return list(thing.items())
    return list(enumerate(thing)) if isinstance(thing, list) else []


def child_exists(parent: Any, key: Any) -> bool:
    return key in dict(children(parent))


def request_of(kind: str, event: Any) -> WebhookRequest:
    body = json.dumps(event)  # lone surrogates and infinities too: readers of JSON take them
    if kind == "bigbluebutton":
        body = urlencode({"event": body})
    if kind == "twilio":
        body = urlencode({name: str(value) for name, value in event.items()}, errors="replace")
    octets = gzip.compress(body.encode()) if kind == "getstream" else body.encode()
    return WebhookRequest({"rtk-uuid": "x" * 300, "x-webhook-id": "\0"}, octets)


@EVERY_KIND
@PATIENT
@given(data=st.data(), role_path=st.sampled_from(["", "metadata.role", "permission", "a.b.c.d"]))
def test_broken_fields_lose_no_event(kind: str, data: st.DataObject, role_path: str) -> None:
    event = data.draw(broken_events(kind))
    paths = (role_path,) if role_path else ()
    settings = TranslationSettings(role_paths=paths, ip_paths=paths, title_paths=paths)
    try:
        deliveries = SOURCE_KINDS[kind].translate(request_of(kind, event), settings, NOW)
    except UnreadableDelivery:
        return
    for delivery in deliveries:
        is_storable(delivery)
        again = SOURCE_KINDS[kind].facts(json.loads(delivery.payload), settings, NOW)
        assert again == delivery.facts


OPTIONAL = {
    "livekit": ("participant", ("name", "metadata", "attributes", "permission", "joinedAtMs")),
    "daily": ("payload", ("user_name", "owner", "permissions", "will_eject_at", "user_id")),
    "jaas": ("data", ("name", "moderator", "email", "avatar", "id")),
    "whereby": ("data", ("displayName", "metadata", "externalId", "numClients", "meetingId")),
    "100ms": ("data", ("user_name", "user_data", "role", "joined_at", "user_id")),
    "realtimekit": ("participant", ("userDisplayName", "customParticipantId", "joinedAt")),
    "getstream": ("participant", ("user", "role", "joined_at")),
    "jitsi": ("occupant", ("id", "name", "email")),
    "agora": ("payload", ("uid", "platform", "clientType", "clientSeq", "ts")),
}
JOINS = {
    "livekit": "participant_joined.json",
    "daily": "participant.joined.json",
    "jaas": "PARTICIPANT_JOINED.json",
    "whereby": "room.client.joined.json",
    "100ms": "peer.join.success.json",
    "realtimekit": "meeting.participantJoined.json",
    "getstream": "call.session_participant_joined.json",
    "jitsi": "muc-occupant-joined.json",
    "agora": "103.broadcaster_joined.json",
}


@pytest.mark.parametrize("kind", sorted(OPTIONAL))
@PATIENT
@given(data=st.data())
def test_an_optional_field_of_another_type_never_costs_the_join(
    kind: str, data: st.DataObject
) -> None:
    event = json.loads((FIXTURES / kind / JOINS[kind]).read_text())
    parent, names = OPTIONAL[kind]
    wrong = st.one_of(numbers, st.lists(leaves, max_size=2), any_text)
    event[parent][data.draw(st.sampled_from(names))] = data.draw(wrong)
    # A LiveKit identity is the person; a role of Whereby tells people from machines.
    (delivery,) = SOURCE_KINDS[kind].translate(request_of(kind, event), TranslationSettings(), NOW)
    (fact,) = delivery.facts
    assert isinstance(fact, Joined)
