"""BigBlueButton: the address as it was registered, several events in a form, odd leaves."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from rollbook.domain.events import Fact, Joined, Left
from rollbook.service.platforms import (
    BadSignature,
    ForbiddenDelivery,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)
from rollbook.sources.bigbluebutton import BigBlueButton

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks" / "bigbluebutton"
BBB = BigBlueButton()
NOW = 1_795_424_404_000
SECRET = {"secret": "8cd8ef52e8e101574e400365b55e11a6"}
BODY = b"domain=bbb.example.com&event=%5B%5D&timestamp=1"


def checksum(address: str, algorithm: str = "sha256", body: bytes = BODY) -> str:
    whole = address.encode() + body + SECRET["secret"].encode()
    return hashlib.new(algorithm, whole).hexdigest()


def verify(url: str, **headers: str) -> None:
    BBB.verify(WebhookRequest(headers, BODY, url), [SECRET], NOW)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize(
    ("address", "sign"),
    [
        ("https://rollbook.example.com/v1/webhooks/bigbluebutton/abc", "?"),
        ("https://rollbook.example.com/v1/webhooks/bigbluebutton/abc?a=1&b=%20", "&"),
        ("https://rollbook.example.com/abc?checksum=aa", "&"),
        ("https://rollbook.example.com/abc?", "&"),
        ("https://bücher.example.com/ä", "?"),
    ],
)
def test_a_checksum_is_over_the_address_as_registered(
    address: str, sign: str, algorithm: str
) -> None:
    given = checksum(address, algorithm)
    verify(f"{address}{sign}checksum={given}")
    for url in (
        f"{address}/{sign}checksum={given}",
        f"{address}{sign}checksum={given}&x=1",
        f"{address}{sign}checksum={given.upper()}",
        f"{address}{sign}checksum={given[:-1]}",
        f"{address.replace('https', 'http')}{sign}checksum={given}",
        f"{address}{sign}checksum=",
        address,
    ):
        with pytest.raises(BadSignature):
            verify(url)


def test_a_checksum_of_no_known_length_is_refused() -> None:
    address = "https://rollbook.example.com/abc"
    for algorithm in ("md5", "sha224"):
        with pytest.raises(BadSignature, match="no known algorithm"):
            verify(f"{address}?checksum={checksum(address, algorithm)}")


def test_the_checksum_of_versions_that_leave_out_the_body_is_refused() -> None:
    address = "https://rollbook.example.com/abc"
    constant = checksum(address, "sha1", b"{}")
    with pytest.raises(BadSignature):
        verify(f"{address}?checksum={constant}")


def test_the_secret_may_come_as_a_bearer_token() -> None:
    address = "https://rollbook.example.com/abc"
    verify(address, authorization=f"Bearer {SECRET['secret']}")
    for header in (SECRET["secret"], "Bearer ", "Bearer", f"Basic {SECRET['secret']}", ""):
        with pytest.raises(BadSignature):
            verify(address, authorization=header)
    with pytest.raises(BadSignature, match="neither"):
        verify(address)


def test_a_wrong_checksum_is_not_excused_by_a_bearer_token() -> None:
    with pytest.raises(BadSignature):
        verify("https://h/?checksum=" + "a" * 40, authorization=f"Bearer {SECRET['secret']}")


@pytest.mark.parametrize(
    "url", ["https://h/", "https://h/?checksum=" + "a" * 40, "https://h/?checksum=" + "a" * 39]
)
@pytest.mark.parametrize("secrets", [[], [SECRET]])
def test_every_refusal_is_one_that_it_does_not_take_for_success(
    url: str, secrets: list[dict[str, str]]
) -> None:
    with pytest.raises(ForbiddenDelivery):
        BBB.verify(WebhookRequest({}, BODY, url), secrets, NOW)


# --- events ----------------------------------------------------------------------------------


def element(name: str, **user: Any) -> dict[str, Any]:
    (event,) = json.loads((FIXTURES / f"{name}.json").read_text())
    event["data"]["attributes"].setdefault("user", {}).update(user)
    result: dict[str, Any] = event
    return result


def form(*elements: object) -> WebhookRequest:
    return WebhookRequest({}, urlencode({"domain": "d", "event": json.dumps(elements)}).encode())


def facts_of(*elements: object) -> list[Fact]:
    deliveries = BBB.translate(form(*elements), TranslationSettings(), NOW)
    return [fact for delivery in deliveries for fact in delivery.facts]


BREAKOUT = {
    "internal-meeting-id": "5d41402abc4b2a76b9719d911017c592aa10e1f0-1795424460001",
    "external-meeting-id": "0a4d55a8d778e5022fab701977c5d840bbc486d0-1795424460001",
}


@pytest.mark.parametrize("name", ["meeting-created", "user-joined", "user-left", "meeting-ended"])
def test_nothing_in_a_breakout_room_is_a_fact(name: str) -> None:
    """Not even of somebody whose name is none that BigBlueButton makes up."""
    told = element(name)
    meeting = told["data"]["attributes"]["meeting"]
    assert len(facts_of(told)) == 1
    assert facts_of(_about(told, {**meeting, **BREAKOUT})) == []
    assert facts_of(_about(told, {**meeting, "is-breakout": True})) == []
    assert len(facts_of(_about(told, {**meeting, "is-breakout": False}))) == 1


def _about(told: dict[str, Any], meeting: dict[str, Any]) -> dict[str, Any]:
    attributes = {**told["data"]["attributes"], "meeting": meeting}
    return {"data": {**told["data"], "attributes": attributes}}


@pytest.mark.parametrize(
    ("external", "role"),
    [
        ("w_abcdefghijkl-1", "VIEWER"),
        ("w_ann-1", "MODERATOR"),
        ("ann-w_abcdefghijkl-1", "MODERATOR"),
    ],
)
def test_an_application_may_name_people_in_a_similar_way(external: str, role: str) -> None:
    assert (
        len(facts_of(element("user-joined", **{"external-user-id": external, "role": role}))) == 1
    )


@pytest.mark.parametrize(
    "name",
    ["183f0bf3a0982a127bdb8161e0c44eb696b3e75c-7-42", "183f0bf3a0982a127bdb8161e0c44eb696b3e75c"],
)
def test_an_application_may_name_its_rooms_by_hashes(name: str) -> None:
    told = element("user-joined")
    meeting = {**told["data"]["attributes"]["meeting"], "external-meeting-id": name}
    assert len(facts_of(_about(told, meeting))) == 1


def test_a_form_may_hold_several_events_and_each_is_one_delivery() -> None:
    events = [element("user-joined"), element("user-left"), element("meeting-ended")]
    deliveries = BBB.translate(form(*events), TranslationSettings(), NOW)
    assert [one.event_type for one in deliveries] == ["user-joined", "user-left", "meeting-ended"]
    assert len({one.event_id for one in deliveries}) == 3
    alone = [BBB.translate(form(event), TranslationSettings(), NOW)[0] for event in events]
    assert list(deliveries) == alone


def test_an_event_that_says_nothing_does_not_cost_the_others() -> None:
    raw = {"header": {"name": "UserJoinedMeetingEvtMsg"}, "body": {}}
    assert len(facts_of(raw, 7, None, [], {"data": {}}, element("user-joined"))) == 1
    with pytest.raises(UnreadableDelivery):
        facts_of(raw)


@pytest.mark.parametrize(
    "body", [b"", b"event=", b"domain=x", b"event=%5B%5D", b"event={}", b"\xff=1"]
)
def test_a_body_that_is_no_form_of_events_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableDelivery):
        BBB.translate(WebhookRequest({}, body), TranslationSettings(), NOW)


def test_a_leave_ends_the_presence_whomever_it_names() -> None:
    """It is known to name somebody else at times."""
    (leave,) = facts_of(element("user-left", **{"external-user-id": "somebody-else"}))
    (join,) = facts_of(element("user-joined"))
    assert isinstance(leave, Left)
    assert isinstance(join, Joined)
    assert (leave.presence_id, leave.participant) == (join.presence_id, None)


def test_somebody_without_an_id_of_the_application_goes_by_the_internal_one() -> None:
    (join,) = facts_of(element("user-joined", **{"external-user-id": ""}))
    assert isinstance(join, Joined)
    assert join.participant.uid == "w_xfsb9gxtlfom"


def test_the_same_person_in_two_meetings_is_two_presences() -> None:
    other = element("user-joined")
    other["data"]["attributes"]["meeting"]["internal-meeting-id"] = "another"
    (here,), (there,) = facts_of(element("user-joined")), facts_of(other)
    assert isinstance(here, Joined)
    assert isinstance(there, Joined)
    assert here.presence_id != there.presence_id


def test_address_and_user_agent_are_told_by_new_versions() -> None:
    (join,) = facts_of(element("user-joined"))
    assert isinstance(join, Joined)
    assert join.ip_address == "203.0.113.57"
    assert join.user_agent is not None
    assert join.user_agent.startswith("Mozilla/5.0")
    (odd,) = facts_of(element("user-joined", **{"ip-address": "unknown", "user-agent": 7}))
    assert isinstance(odd, Joined)
    assert (odd.ip_address, odd.user_agent) == (None, None)
