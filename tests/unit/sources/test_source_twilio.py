"""Twilio Video, beside Twilio's own validator of signatures: what it lets in and nothing else."""

import json
from base64 import b64encode
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # it comes without types

from rollbook.domain.events import EndEvidence, Fact, Joined, Left
from rollbook.domain.sessions import fold
from rollbook.service.platforms import (
    BadSignature,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)
from rollbook.sources.twilio import Twilio

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks" / "twilio"
TWILIO = Twilio()
TOKEN = "the-auth-token"
ADDRESS = "https://rollbook.example/v1/webhooks/twilio/abc"
NOW = 1_795_430_000_000
SETTINGS = "x-twilio-webhooks-signature-settings"


class Form:
    """Fields of a form as Twilio's validator takes them where one may come several times."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self.fields = fields

    def __iter__(self) -> Any:
        return iter(name for name, _ in self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def getall(self, name: str) -> list[str]:
        return [value for one, value in self.fields if one == name]


def proof(url: str, fields: Sequence[tuple[str, str]], algorithm: str = "HMAC_SHA1") -> str:
    return str(RequestValidator(TOKEN).compute_signature(url, Form(fields), algorithm))


def lets_in(
    url: str, body: bytes, signature: str, headers: dict[str, str] | None = None, token: str = TOKEN
) -> bool:
    sent = {"x-twilio-signature": signature, **(headers or {})}
    try:
        TWILIO.verify(WebhookRequest(sent, body, url), [{"secret": token}], NOW)
    except BadSignature:
        return False
    return True


def fields_of(name: str, **change: str) -> dict[str, str]:
    fields: dict[str, str] = json.loads((FIXTURES / f"{name}.json").read_text())
    return {**fields, **change}


def facts_of(name: str, **change: str) -> tuple[Fact, ...]:
    body = urlencode(fields_of(name, **change)).encode()
    (delivery,) = TWILIO.translate(WebhookRequest({}, body), TranslationSettings(), NOW)
    return delivery.facts


# --- signatures ------------------------------------------------------------------------------

hosts = st.sampled_from(["rollbook.example", "10.0.0.7", "localhost"])
ports = st.sampled_from(["", ":443", ":80", ":8443"])
paths = st.sampled_from(["/v1/webhooks/twilio/abc", "/p%20q/v1/webhooks/twilio/abc", "", "/?a=b:1"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
forms = st.lists(st.tuples(texts.filter(bool), texts), max_size=8)


@given(st.sampled_from(["https", "http"]), hosts, ports, paths, forms)
@example("https", "rollbook.example", "", "/x", [("b", "2"), ("a", "1"), ("b", "1"), ("b", "2")])
def test_whatever_twilio_would_take_for_its_own_is_let_in(
    scheme: str, host: str, port: str, path: str, fields: list[tuple[str, str]]
) -> None:
    url, body = f"{scheme}://{host}{port}{path}", urlencode(fields).encode()
    default = {"https": ":443", "http": ":80"}[scheme]
    for signed_port in {"", port or default}:
        signature = proof(f"{scheme}://{host}{signed_port}{path}", fields)
        assert RequestValidator(TOKEN).validate(url, Form(fields), signature)
        assert lets_in(url, body, signature)
        assert not lets_in(url, body, signature, token="another")


@given(st.sampled_from(["https", "http"]), hosts, ports, paths, forms, st.data())
def test_whatever_twilio_would_refuse_is_refused(
    scheme: str,
    host: str,
    port: str,
    path: str,
    fields: list[tuple[str, str]],
    data: st.DataObject,
) -> None:
    url, body = f"{scheme}://{host}{port}{path}", urlencode(fields).encode()
    signed_url = data.draw(st.sampled_from([url, f"{scheme}://{host}:1{path}", url + "x", ADDRESS]))
    signed = data.draw(st.one_of(st.just(fields), forms))
    signature = proof(signed_url, signed)
    official = RequestValidator(TOKEN).validate(url, Form(fields), signature)
    assert lets_in(url, body, signature) == official


def test_the_same_letters_in_other_fields_are_the_same_event() -> None:
    """One signature fits them all: whoever recorded a delivery could make many events of it."""
    fields = fields_of("participant-disconnected")
    signature = proof(ADDRESS, list(fields.items()))
    name, value = max(fields.items())
    kept = {one: fields[one] for one in fields if one != name}
    whole = name + value
    ids = set()
    for at in range(len(name) - 3, len(whole)):
        body = urlencode({**kept, whole[:at]: whole[at:]}).encode()
        assert lets_in(ADDRESS, body, signature)
        ids |= ids_in(ADDRESS, body)
    assert ids == ids_in(ADDRESS, urlencode(fields).encode())


def test_letters_in_the_query_of_the_address_are_the_same_event() -> None:
    fields = {**fields_of("participant-disconnected"), "AAA": "bc"}
    rest = {name: value for name, value in fields.items() if name != "AAA"}
    signature = proof(f"{ADDRESS}?a=", list(fields.items()))
    body, moved = urlencode(fields).encode(), urlencode(rest).encode()
    assert lets_in(f"{ADDRESS}?a=", body, signature)
    assert lets_in(f"{ADDRESS}?a=AAAbc", moved, signature)
    assert ids_in(f"{ADDRESS}?a=", body) == ids_in(f"{ADDRESS}?a=AAAbc", moved)


def ids_in(url: str, body: bytes) -> set[str]:
    request = WebhookRequest({}, body, url)
    return {one.event_id for one in TWILIO.translate(request, TranslationSettings(), NOW)}


def test_every_changed_missing_or_added_field_is_refused() -> None:
    fields = fields_of("participant-disconnected")
    signature = proof(ADDRESS, list(fields.items()))
    assert lets_in(ADDRESS, urlencode(fields).encode(), signature)
    for name, value in fields.items():
        without = {key: other for key, other in fields.items() if key != name}
        for changed in (
            without,
            {**fields, name: value + "0"},
            {**fields, name: value[:-1]},
            {**fields, name: ""},
            {**without, name + "X": value},
        ):
            assert not lets_in(ADDRESS, urlencode(changed).encode(), signature)
    assert not lets_in(ADDRESS, urlencode({**fields, "More": ""}).encode(), signature)


def test_another_address_is_refused() -> None:
    fields = fields_of("participant-disconnected")
    body, signature = urlencode(fields).encode(), proof(ADDRESS, list(fields.items()))
    for url in (
        ADDRESS + "x",
        ADDRESS + "?a=b",
        ADDRESS.replace("https", "http"),
        ADDRESS.replace("rollbook", "other"),
        "",
        "no address",
    ):
        assert not lets_in(url, body, signature)


def test_a_shared_key_signs_by_the_algorithm_that_a_header_names() -> None:
    fields = list(fields_of("participant-connected").items())
    body = urlencode(fields).encode()
    named = {SETTINGS: "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
    assert lets_in(ADDRESS, body, proof(ADDRESS, fields, "HMAC_SHA256"), named)
    assert not lets_in(ADDRESS, body, proof(ADDRESS, fields), named)
    assert not lets_in(ADDRESS, body, proof(ADDRESS, fields, "HMAC_SHA256"))
    assert lets_in(ADDRESS, body, proof(ADDRESS, fields), {SETTINGS: "key=webhooks_sharedkey_1"})
    for unknown in ("algorithm=HMAC_MD5", "algorithm=", "algorithm=none"):
        assert not lets_in(ADDRESS, body, proof(ADDRESS, fields), {SETTINGS: unknown})


@given(st.binary(max_size=40))
def test_a_body_that_is_no_text_is_refused(octets: bytes) -> None:
    body = b"a=%ff" + octets
    assert not lets_in(ADDRESS, body, b64encode(b"x" * 20).decode())
    with pytest.raises(UnreadableDelivery):
        TWILIO.translate(WebhookRequest({}, body), TranslationSettings(), NOW)


def test_octets_that_are_no_text_are_not_taken_for_the_sign_that_stands_for_such() -> None:
    signature = proof(ADDRESS, [("a", "\N{REPLACEMENT CHARACTER}")])
    assert lets_in(ADDRESS, b"a=%EF%BF%BD", signature)
    for other in (b"a=%FF", b"a=%FE", b"a=\xff", b"a=%EF%BF"):
        assert not lets_in(ADDRESS, other, signature)


# --- who and when ----------------------------------------------------------------------------


def test_a_lost_join_is_told_by_how_long_the_stay_was() -> None:
    (left,) = facts_of("participant-disconnected")
    assert isinstance(left, Left)
    assert left.joined_at == left.at - 1_843_000
    for nonsense in ("", "-5", "1e3", "long", "9" * 30):
        (left,) = facts_of("participant-disconnected", ParticipantDuration=nonsense)
        assert isinstance(left, Left)
        assert left.joined_at is None


def test_somebody_who_comes_twice_is_there_once_at_a_time() -> None:
    told = [
        *facts_of("participant-connected"),
        *facts_of("participant-connected", ParticipantSid="PA3", Timestamp="2026-11-23T09:10:00Z"),
        *facts_of(
            "participant-connected",
            ParticipantSid="PA4",
            ParticipantIdentity="somebody else",
            Timestamp="2026-11-23T09:05:00Z",
        ),
    ]
    for order in permutations(told):
        found = fold("source", order, TWILIO.presences).values()
        ends = {one.presence_id: (one.left_at, one.left_by) for one in found}
        assert ends == {
            "PA22222222222222222222222222222222": (told[1].at, EndEvidence.SUPERSEDED),
            "PA3": (None, None),
            "PA4": (None, None),
        }


def test_the_number_in_the_sequence_is_no_order() -> None:
    told = [
        *facts_of("participant-connected", SequenceNumber="9"),
        *facts_of("participant-disconnected", SequenceNumber="2"),
    ]
    (session,) = fold("source", told, TWILIO.presences).values()
    assert (session.joined_at, session.left_at) == (told[0].at, told[1].at)


def test_the_end_of_a_room_closes_who_is_in_that_run_of_it() -> None:
    told = [
        *facts_of("participant-connected"),
        *facts_of(
            "participant-connected", ParticipantSid="PA9", RoomSid="RM9", ParticipantIdentity="b"
        ),
        *facts_of("room-ended"),
    ]
    found = fold("source", told, TWILIO.presences).values()
    assert {one.presence_id: one.left_at for one in found} == {
        "PA22222222222222222222222222222222": told[2].at,
        "PA9": None,
    }


def test_where_the_organization_knows_people_by_another_id_they_are_there_once_all_the_same() -> (
    None
):
    settings = TranslationSettings(uid_paths=("ParticipantIdentity.user",))
    identity = json.dumps({"user": "u-1", "device": "phone"})
    body = urlencode(fields_of("participant-connected", ParticipantIdentity=identity)).encode()
    (delivery,) = TWILIO.translate(WebhookRequest({}, body), settings, NOW)
    (join,) = delivery.facts
    assert isinstance(join, Joined)
    assert (join.participant.uid, join.participant.identity) == ("u-1", identity)


def test_what_is_about_tracks_means_nothing() -> None:
    assert facts_of("track-added") == ()
    assert facts_of("participant-connected", RoomName="", RoomSid="") == ()
    assert facts_of("participant-connected", ParticipantSid="") == ()


@given(texts)
def test_a_field_may_hold_anything(text: str) -> None:
    assume(text.strip())
    (join,) = facts_of("participant-connected", ParticipantIdentity=text)
    assert isinstance(join, Joined)
