"""Agora: both of its signatures, users without an id for a stay, and events of one second."""

import hashlib
import hmac
import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from rollbook.domain.events import Fact, Joined, Left, Role
from rollbook.domain.sessions import fold
from rollbook.service.ingest.record import body_hash
from rollbook.service.platforms import BadSignature, Delivery, TranslationSettings, WebhookRequest
from rollbook.sources.agora import Agora

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks" / "agora"
AGORA = Agora()
START = 1_795_424_401
NOW = 1_795_430_000_000
SECRET = {"secret": "the-ncs-secret"}


def delivered(
    name: str, settings: TranslationSettings | None = None, payload: Any = None, **change: Any
) -> Delivery:
    event = json.loads((FIXTURES / f"{name}.json").read_text())
    event["payload"] |= payload or {}
    request = WebhookRequest({}, json.dumps({**event, **change}).encode())
    (delivery,) = AGORA.translate(request, settings or TranslationSettings(), NOW)
    return delivery


def facts_of(name: str, **payload: Any) -> tuple[Fact, ...]:
    return delivered(name, payload=payload).facts


def signed(body: bytes, *names: str, secret: str = SECRET["secret"]) -> WebhookRequest:
    algorithms = {"agora-signature-v2": "sha256", "agora-signature": "sha1"}
    macs = {name: hmac.new(secret.encode(), body, algorithms[name]).hexdigest() for name in names}
    return WebhookRequest(macs, body)


# --- signatures ------------------------------------------------------------------------------


def test_either_signature_proves_a_delivery_and_both_do() -> None:
    both = ("agora-signature-v2", "agora-signature")
    for names in ((both[0],), (both[1],), both):
        AGORA.verify(signed(b"{}", *names), [{"secret": "other"}, SECRET], NOW)


def test_a_wrong_signature_is_not_made_good_by_the_other_one() -> None:
    right = signed(b"{}", "agora-signature-v2", "agora-signature").headers
    wrong = signed(b"[]", "agora-signature-v2", "agora-signature").headers
    for name in right:
        with pytest.raises(BadSignature):
            AGORA.verify(WebhookRequest({**right, name: wrong[name]}, b"{}"), [SECRET], NOW)
        # One secret has to make both of them.
        other = signed(b"{}", name, secret="other").headers
        request = WebhookRequest({**right, **other}, b"{}")
        with pytest.raises(BadSignature):
            AGORA.verify(request, [SECRET, {"secret": "other"}], NOW)


def test_an_algorithm_is_that_of_its_header() -> None:
    sha1 = hmac.new(SECRET["secret"].encode(), b"{}", hashlib.sha1).hexdigest()
    with pytest.raises(BadSignature):
        AGORA.verify(WebhookRequest({"agora-signature-v2": sha1}, b"{}"), [SECRET], NOW)


# --- repeats ---------------------------------------------------------------------------------


def test_a_repeat_tells_another_time_of_sending_and_is_the_same_event() -> None:
    once = delivered("103.broadcaster_joined")
    again = delivered("103.broadcaster_joined", notifyMs=1_795_424_999_999)
    assert (again.event_id, body_hash(again)) == (once.event_id, body_hash(once))
    assert json.loads(again.payload)["notifyMs"] == 1_795_424_999_999  # kept as it came
    for other in (
        delivered("103.broadcaster_joined", sid="other"),
        delivered("103.broadcaster_joined", payload={"ts": START + 1}),
    ):
        assert body_hash(other) != body_hash(once)


# --- who and when ----------------------------------------------------------------------------


def test_who_changes_from_host_to_audience_is_one_stay() -> None:
    """Who came by 105 and was made a host goes by 104; nothing lies between."""
    told = [
        *facts_of("103.broadcaster_joined", ts=START, clientSeq=None),
        *facts_of("112.role_changed"),
        *facts_of(
            "106.audience_left", account="user-1042", ts=START + 900, clientSeq=None, duration=900
        ),
    ]
    (session,) = fold("source", told, AGORA.presences).values()
    assert (session.joined_at, session.left_at) == (START * 1000, (START + 900) * 1000)


def test_a_lost_join_is_told_by_how_long_the_stay_was() -> None:
    for duration in (1843, 1843.0, "1843"):
        (left,) = facts_of("104.broadcaster_left", duration=duration)
        assert isinstance(left, Left)
        assert left.joined_at == START * 1000
    for nonsense in (None, -1, "long", True, 10**12, [7], float("inf")):
        (left,) = facts_of("104.broadcaster_left", duration=nonsense)
        assert isinstance(left, Left)
        assert left.joined_at is None


def test_who_comes_again_has_another_session() -> None:
    told = [
        *facts_of("107.user_joined", ts=START, clientSeq=None),
        *facts_of("108.user_left", ts=START + 60, duration=60, clientSeq=None),
        *facts_of(
            "108.user_left", ts=START + 400, duration=100, clientSeq=None
        ),  # its join is lost
    ]
    for order in permutations(told):
        sessions = fold("source", order, AGORA.presences).values()
        assert sorted((one.joined_at, one.left_at) for one in sessions) == [
            (START * 1000, (START + 60) * 1000),
            ((START + 300) * 1000, (START + 400) * 1000),
        ]


def test_a_person_is_the_account_else_the_number() -> None:
    (by_account,) = facts_of("103.broadcaster_joined")
    (by_number,) = facts_of("103.broadcaster_joined", account="")
    assert isinstance(by_account, Joined)
    assert isinstance(by_number, Joined)
    assert by_account.participant.uid == "user-1042"
    assert by_number.participant.uid == "3187264515"


def test_one_user_in_two_channels_is_there_twice() -> None:
    stays = [facts_of("103.broadcaster_joined", channelName=name)[0] for name in ("a", "b")]
    assert len({stay.presence_id for stay in stays if isinstance(stay, Joined)}) == 2


# --- one second ------------------------------------------------------------------------------


def coming_and_going(skew: int) -> list[Fact]:
    """In and out and in again within one whole second, on a device whose clock is `skew` ms off."""
    moments = [("107.user_joined", 100), ("108.user_left", 400), ("107.user_joined", 900)]
    return [
        fact
        for name, within in moments
        for fact in facts_of(name, ts=START, duration=0, clientSeq=START * 1000 + within + skew)
    ]


@pytest.mark.parametrize("skew", [0, 50, -50])
def test_events_of_one_second_are_read_in_the_order_of_the_device(skew: int) -> None:
    for order in permutations(coming_and_going(skew)):
        sessions = fold("source", order, AGORA.presences).values()
        (running,) = [one for one in sessions if one.left_at is None]
        assert running.joined_at is not None
        assert START * 1000 <= running.joined_at < (START + 1) * 1000


@pytest.mark.parametrize("skew", [0, 50, -50, 3_000, -3_000, 10**10, -(10**12)])
def test_however_wrong_the_clock_of_the_device_is_the_leave_tells_the_whole_stay(skew: int) -> None:
    later = START + 600
    leave = facts_of("108.user_left", ts=later, duration=600, clientSeq=later * 1000 + 100 + skew)
    for order in permutations([*coming_and_going(skew), *leave]):
        sessions = fold("source", order, AGORA.presences).values()
        last = max(sessions, key=lambda one: one.left_at or 0)
        assert last.left_at == leave[0].at
        assert last.joined_at is not None
        assert START * 1000 <= last.joined_at < (START + 1) * 1000


def test_who_left_within_the_second_that_they_came_in_has_gone() -> None:
    for skew in (0, 300, -300, 5_000):
        for order in permutations(coming_and_going(skew)[:2]):
            (session,) = fold("source", order, AGORA.presences).values()
            assert session.left_at is not None


@pytest.mark.parametrize(
    ("sequence", "within"),
    [
        (START * 1000 + 342, 342),
        (START * 1000 + 5_000, 999),  # a clock that is ahead never leads out of the second
        (START * 1000 - 5_000, 0),
        (START * 1000 + 60_001, 0),
        (7, 0),
        (None, 0),
        ("1795424401342", 0),
        (10**400, 0),
    ],
)
def test_the_devices_clock_tells_when_within_the_second(sequence: object, within: int) -> None:
    (join,) = facts_of("103.broadcaster_joined", clientSeq=sequence)
    assert join.at == START * 1000 + within


# --- nobody ----------------------------------------------------------------------------------


def test_recorders_are_nobody_and_other_linux_clients_are_people() -> None:
    for platform, client, count in (
        (6, 3, 0), (6, 10, 0), ("6", "10", 0), (6, None, 1), (6, 8, 1), (7, 10, 1), (1, 3, 1),
    ):  # fmt: skip
        for name in ("103.broadcaster_joined", "104.broadcaster_left", "107.user_joined"):
            assert len(facts_of(name, platform=platform, clientType=client)) == count


def test_the_consoles_own_channel_means_nothing_and_is_kept() -> None:
    test = delivered("103.console_test")
    assert test.facts == ()
    assert test.event_type == "103"
    assert facts_of("101.channel_created", channelName="test_webhook") == ()
    assert facts_of("103.console_test", channelName="class-9")  # its number may be anybody's


def test_events_of_other_products_mean_nothing() -> None:
    assert delivered("103.broadcaster_joined", productId=3).facts == ()
    assert delivered("103.broadcaster_joined", productId="1").facts


def test_hosts_teach_where_the_organization_says_so() -> None:
    hosts = TranslationSettings(role_names={"broadcaster": Role.TEACHER})
    for name, role in (
        ("103.broadcaster_joined", Role.TEACHER),
        ("104.broadcaster_left", Role.TEACHER),
        ("105.audience_joined", Role.STUDENT),
        ("107.user_joined", Role.STUDENT),
    ):
        (fact,) = delivered(name, hosts).facts
        assert isinstance(fact, Joined | Left)
        assert fact.participant is not None
        assert fact.participant.role is role
