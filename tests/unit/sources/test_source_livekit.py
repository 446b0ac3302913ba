"""LiveKit: who counts, when they were there, and who may have signed for it."""

import hashlib
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.events import Fact, Joined, Left, Participant, Role, Room
from rollbook.domain.presences import merge_all, presence_of
from rollbook.service.platforms import BadSignature, TranslationSettings, WebhookRequest
from rollbook.sources.livekit.webhooks import LiveKit

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks" / "livekit"
LIVEKIT = LiveKit()
NOW = 1_795_424_404_000
SECRET = {"api_key": "APIkey", "api_secret": "a-secret-of-thirty-two-characters"}
ROOM = Room("consult-8842", "consult-8842", "RM_hT4wXq9bZ7Lm")


def fixture(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return event


def facts_of(event: dict[str, Any], **settings: Any) -> tuple[Fact, ...]:
    request = WebhookRequest({}, json.dumps(event).encode())
    (delivery,) = LIVEKIT.translate(request, TranslationSettings(**settings), NOW)
    return delivery.facts


def joined(participant: dict[str, Any], **settings: Any) -> Joined:
    event = fixture("participant_joined")
    event["participant"].update(participant)
    (fact,) = facts_of(event, **settings)
    assert isinstance(fact, Joined)
    return fact


@pytest.mark.parametrize("kind", ["STANDARD", "SIP", "CONNECTOR", 0, 3, 7, None])
def test_people_count(kind: object) -> None:
    assert joined({"kind": kind}).participant.uid == "user-1042"


@pytest.mark.parametrize(
    "kind",
    [
        "INGRESS", "EGRESS", "AGENT", "BRIDGE", "HOLOGRAM", "standard", "", "0",
        1, 2, 4, 5, 6, 8, 99, -1, 0.5, False, True, [], ["SIP"], {"SIP": 1},
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["participant_joined", "participant_left"])
def test_nobody_else_counts_an_unknown_kind_included(kind: object, name: str) -> None:
    event = fixture(name)
    event["participant"]["kind"] = kind
    assert facts_of(event) == ()


@pytest.mark.parametrize("permission", ["hidden", "recorder", "agent"])
def test_the_hidden_recorders_and_agents_of_old_servers_do_not_count(permission: str) -> None:
    event = fixture("participant_left")
    event["participant"]["permission"][permission] = True
    assert facts_of(event) == ()
    event["participant"]["permission"][permission] = False
    assert len(facts_of(event)) == 1


@pytest.mark.parametrize(("detail", "count"), [("SIMULATION", 0), ("CLOUD_AGENT", 0), ("NEW", 1)])
def test_simulated_participants_do_not_count(detail: str, count: int) -> None:
    event = fixture("participant_joined")
    event["participant"]["kindDetails"] = [detail, 7, None]
    assert len(facts_of(event)) == count


def test_role_and_address_come_from_attributes_else_from_metadata() -> None:
    plain = joined({"attributes": {}, "metadata": "not json"})
    assert (plain.participant.role, plain.ip_address) == (Role.STUDENT, None)
    told = '{"role": "moderator", "ipAddress": "198.51.100.1"}'
    by_metadata = joined({"attributes": {"role": "", "ipAddress": ""}, "metadata": told})
    assert by_metadata.participant.role is Role.MODERATOR
    assert by_metadata.ip_address == "198.51.100.1"
    own = {"role": "admin", "ipAddress": "2001:DB8::19"}
    by_attributes = joined({"attributes": own, "metadata": told})
    assert by_attributes.participant.role is Role.ADMIN
    assert by_attributes.ip_address == "2001:db8::19"


def test_an_address_that_is_none_is_not_made_up_from_elsewhere() -> None:
    told = '{"ipAddress": "198.51.100.1"}'
    assert joined({"attributes": {"ipAddress": "n/a"}, "metadata": told}).ip_address is None


def test_a_source_may_look_elsewhere() -> None:
    fact = joined({}, ip_paths=("attributes.client_ip",), role_names={"host": Role.ADMIN})
    assert fact.ip_address == "203.0.113.57"
    assert fact.participant.role is Role.ADMIN
    assert joined({}, role_paths=("metadata.plan",), role_names={"pro": Role.MODERATOR}) == Joined(
        fact.presence_id,
        ROOM,
        Participant("user-1042", "María Núñez", Role.MODERATOR),
        fact.at,
    )


def test_the_title_is_in_the_rooms_metadata_else_it_is_the_name() -> None:
    event = fixture("room_started")
    event["room"]["metadata"] = '{"title": "Algebra II"}'
    (fact,) = facts_of(event)
    assert fact.room.title == "Algebra II"
    assert fact.room.room_id == "consult-8842"


def test_a_join_is_seen_and_a_leave_repeats_when_the_connection_was_made() -> None:
    (join,) = facts_of(fixture("participant_joined"))
    (leave,) = facts_of(fixture("participant_left"))
    assert isinstance(join, Joined)
    assert isinstance(leave, Left)
    assert (join.at, leave.at, leave.joined_at) == (
        1_795_424_402_000,
        1_795_426_245_000,
        1_795_424_401_342,
    )


def test_times_are_numbers_or_text_and_old_servers_have_seconds_alone() -> None:
    event = fixture("participant_left")
    event["createdAt"] = 1_795_426_245
    del event["participant"]["joinedAtMs"]
    (leave,) = facts_of(event)
    assert isinstance(leave, Left)
    assert (leave.at, leave.joined_at) == (1_795_426_245_000, 1_795_424_401_000)


def test_a_join_without_a_time_is_as_old_as_its_connection_else_as_its_arrival() -> None:
    event = fixture("participant_joined")
    del event["createdAt"]
    assert facts_of(event)[0].at == 1_795_424_401_342
    del event["participant"]["joinedAtMs"], event["participant"]["joinedAt"]
    assert facts_of(event)[0].at == NOW


def test_an_aborted_connection_makes_no_session_but_ends_a_join_told_as_well() -> None:
    aborted = fixture("participant_connection_aborted")
    join = fixture("participant_joined")
    join["participant"]["sid"] = aborted["participant"]["sid"]
    join["createdAt"] = "1795424575"
    (end,), (start,) = facts_of(aborted), facts_of(join)
    assert isinstance(end, Left)
    assert isinstance(start, Joined)
    (alone,) = merge_all([presence_of("s", end)]).values()
    assert (alone.participant_id, alone.joined_at) == (None, None)  # which no report shows
    of_both = [presence_of("s", start), presence_of("s", end)]
    for order in (of_both, of_both[::-1]):
        (both,) = merge_all(order).values()
        assert (both.participant_id, both.joined_at, both.left_at) == (
            "user-1042",
            1_795_424_575_000,
            1_795_424_576_000,
        )


@pytest.mark.parametrize("missing", ["sid", "identity"])
def test_a_join_that_names_nobody_is_kept_and_changes_nothing(missing: str) -> None:
    event = fixture("participant_joined")
    del event["participant"][missing]
    assert facts_of(event) == ()


def test_a_leave_without_identity_still_ends_its_presence() -> None:
    event = fixture("participant_left")
    del event["participant"]["identity"]
    (leave,) = facts_of(event)
    assert isinstance(leave, Left)
    assert (leave.presence_id, leave.participant) == ("PA_k7RzVn3QpXyd", None)


@pytest.mark.parametrize("name", ["agent_job_started", "egress_ended", "something_new"])
def test_unknown_events_are_kept_and_change_nothing(name: str) -> None:
    event = {**fixture("room_started"), "event": name}
    assert facts_of(event) == ()


# --- tokens ----------------------------------------------------------------------------------


def token_for(body: bytes, secret: str = SECRET["api_secret"], **claims: Any) -> str:
    digest = b64encode(hashlib.sha256(body).digest()).decode()
    issued = NOW // 1000
    whole = {"iss": "APIkey", "iat": issued, "nbf": issued, "exp": issued + 300, "sha256": digest}
    kept = {key: value for key, value in {**whole, **claims}.items() if value is not None}
    # Below the library's checks of claims, which would not let a test write wrong ones.
    return jwt.PyJWS().encode(json.dumps(kept).encode(), secret, algorithm="HS256")


def verify(token: str, body: bytes = b"{}", now: int = NOW) -> None:
    LIVEKIT.verify(WebhookRequest({"authorization": token}, body), [SECRET], now)


def test_a_token_may_be_called_a_bearer_token() -> None:
    verify(token_for(b"{}"))
    verify(f"Bearer {token_for(b'{}')}")


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"sha256": None},
        {"iss": None},
        {"iss": "APIother"},
        {"iss": 7},
        {"sha256": 7},
        {"sha256": "e30="},
        {"exp": "soon"},
        {"exp": True},
        {"exp": float("inf")},
        {"nbf": "now"},
        {"iat": [1]},
        {"nbf": NOW // 1000 + 61},
        {"iat": NOW // 1000 + 61},
        {"exp": NOW // 1000 - 61},
    ],
)
def test_a_token_with_a_claim_gone_or_wrong_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        verify(token_for(b"{}", **claims))


@pytest.mark.parametrize(
    "token",
    [
        "", "x", "..", "a.b.c", "é.é.é", "\ud800.e30.e30", "e30.e30.", "e30.W10.", "e30.bnVsbA.",
        "Bearer", "Bearer Bearer x", "e30." + "Wwo" * 50_000 + ".e30", "\0", "e30.e30.e30.e30",
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(BadSignature):
        verify(token)


def test_a_token_needs_no_time_but_its_end() -> None:
    verify(token_for(b"{}", nbf=None, iat=None))


def test_no_other_algorithm_signs() -> None:
    long = {"api_key": "APIkey", "api_secret": SECRET["api_secret"] * 2}
    claims = jwt.decode(token_for(b"{}"), options={"verify_signature": False})
    for algorithm, key in (
        ("none", ""),
        ("HS384", long["api_secret"]),
        ("HS512", long["api_secret"]),
    ):
        request = WebhookRequest({"authorization": jwt.encode(claims, key, algorithm)}, b"{}")
        with pytest.raises(BadSignature):
            LIVEKIT.verify(request, [long], NOW)
    right = jwt.encode(claims, long["api_secret"], "HS256")
    LIVEKIT.verify(WebhookRequest({"authorization": right}, b"{}"), [long], NOW)


def test_a_token_that_opens_a_room_does_not_open_the_ledger() -> None:
    """Participants hold tokens of the same key: what they lack is the hash of a body."""
    access = jwt.encode(
        {"iss": "APIkey", "sub": "user-1042", "exp": NOW // 1000 + 300, "video": {"room": "r"}},
        SECRET["api_secret"],
        algorithm="HS256",
    )
    with pytest.raises(BadSignature):
        verify(access)


def test_two_secrets_of_one_key_both_open() -> None:
    new = {"api_key": "APIkey", "api_secret": "another-secret-of-thirty-two-chars"}
    request = WebhookRequest({"authorization": token_for(b"{}", new["api_secret"])}, b"{}")
    LIVEKIT.verify(request, [SECRET, new], NOW)
    LIVEKIT.verify(request, [new, SECRET], NOW)
    with pytest.raises(BadSignature):
        LIVEKIT.verify(request, [SECRET, {**new, "api_key": "APIother"}], NOW)


def test_the_short_secret_of_a_development_server_is_taken() -> None:
    short = {"api_key": "APIkey", "api_secret": "secret"}
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = token_for(b"{}", "secret")
    LIVEKIT.verify(WebhookRequest({"authorization": token}, b"{}"), [short], NOW)


@given(st.binary(), st.binary())
def test_a_token_is_for_one_body(signed: bytes, sent: bytes) -> None:
    if signed == sent:
        verify(token_for(signed), sent)
    else:
        with pytest.raises(BadSignature):
            verify(token_for(signed), sent)
