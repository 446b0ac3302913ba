"""`POST /v1/events`: one result for each event, and good ones go in whatever the others are."""

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ingest.account import Account, command, within_seconds

CASES = Path(__file__).parents[1] / "fixtures" / "cases" / "contract"

NOON = "2024-01-15T12:00:00.000Z"
LATER = "2024-01-15T12:45:00.000Z"

Event = dict[str, Any]


def event(event_id: str, event_type: str = "participant.joined", **change: Any) -> Event:
    """An event of our own form; a change to None takes a field away."""
    said = {
        "id": event_id,
        "type": event_type,
        "time": NOON,
        "roomId": "math-101",
        "sessionId": "stay-1",
        "participant": {"uid": "ann", "name": "Ann", "role": "TEACHER"},
        **change,
    }
    return {name: value for name, value in said.items() if value is not None}


def cloud(event_id: str, event_type: str, **data: Any) -> Event:
    inside = event(event_id, event_type, **data)
    return {
        "specversion": "1.0",
        "source": "/portal",
        "id": inside.pop("id"),
        "type": inside.pop("type"),
        "time": inside.pop("time"),
        "data": inside,
    }


def test_each_event_has_its_own_result_and_the_good_ones_go_in(account: Account) -> None:
    joined = event("e1", roomTitle="Calculus I", ipAddress="203.0.113.9")
    results = account.tell(
        joined,
        event("e2", time="yesterday"),
        joined,
        event("e1", participant={"uid": "bob"}),
        event("e3", "participant.left", time=LATER),
    )
    assert [(one["id"], one["status"]) for one in results] == [
        ("e1", "accepted"),
        ("e2", "invalid"),
        ("e1", "duplicate"),
        ("e1", "conflict"),
        ("e3", "accepted"),
    ]
    assert account.event_ids() == {"e1", "e3"}
    report = account.report("ann")
    assert report["participant"] == {"uid": "ann", "name": "Ann", "role": "TEACHER"}
    assert report["roomGroups"][0]["roomTitle"] == "Calculus I"
    (visit,) = account.visits("ann")
    assert (visit["joinedAt"], visit["leftAt"]) == (NOON, LATER)
    assert (visit["duration"], visit["ipAddress"]) == (2700, "203.0.113.9")
    assert account.visits("bob") == []


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_a_time_that_no_calendar_can_show_is_invalid(account: Account, moment: str) -> None:
    told = event("e1", time=moment), event("e2", "participant.left", joinedAt=moment)
    for result in account.tell(*told):
        assert result["status"] == "invalid"
        assert "1970 and 9999" in result["message"] or "must be an ISO 8601" in result["message"]
    assert account.event_ids() == set()


def test_what_is_invalid_is_shown_to_the_operator_too(account: Account) -> None:
    invalid = event("e2", time="yesterday"), event("e3", time="tomorrow"), event("e4", "joined")
    account.tell(*invalid)
    source_id = f"{account.org_id}events"
    assert source_id not in {row[0] for row in account.rows("source", "source_id")}
    account.tell(event("e1"), *invalid)
    account.tell(*invalid)
    assert within_seconds(lambda: account.health(source_id)["rejected"] == 6)
    refused = account.rows("rejection", "reason, deliveries")
    assert sum(int(str(count)) for _, count in refused) == 6
    assert {str(reason).partition(" ")[0] for reason, _ in refused} == {"time", "type"}


def test_an_event_told_again_in_other_words_is_the_same_and_with_other_facts_a_conflict(
    account: Account,
) -> None:
    told = event("e1")
    assert account.tell(told)[0] == {"id": "e1", "status": "accepted"}
    reordered = dict(reversed(told.items()))
    assert account.tell(reordered)[0] == {"id": "e1", "status": "duplicate"}
    kept = account.kept()
    assert account.tell(event("e1", time=LATER))[0] == {"id": "e1", "status": "conflict"}
    assert account.kept() == kept


def test_all_four_types_make_the_ledger_and_the_end_of_a_room_ends_its_sessions(
    account: Account,
) -> None:
    account.tell(
        event("e1", "room.started", sessionId=None, participant=None, roomInstanceId="run-1"),
        event("e2", roomInstanceId="run-1"),
        event("e3", sessionId="stay-2", participant={"uid": "bob"}, roomInstanceId="run-1"),
        event("e4", "participant.left", time=LATER, roomInstanceId="run-1"),
        event("e5", "room.finished", time="2024-01-15T13:00:00Z", roomInstanceId="run-1"),
    )
    assert account.visits("ann")[0]["leftAt"] == LATER
    assert account.visits("bob")[0]["leftAt"] == "2024-01-15T13:00:00.000Z"


def test_a_leave_that_repeats_the_join_saves_a_session_whose_join_was_lost(
    account: Account,
) -> None:
    account.tell(event("e1", "participant.left", time=LATER, joinedAt=NOON))
    assert account.visits("ann")[0]["duration"] == 2700


def test_one_person_can_be_in_a_room_twice_by_events_of_our_own(account: Account) -> None:
    account.tell(
        event("e1", roomInstanceId="run-1"),
        event("e2", sessionId="stay-2", time=LATER, roomInstanceId="run-1"),
    )
    assert [visit["isActive"] for visit in account.visits("ann")] == [True, True]


_BROKEN: dict[str, tuple[Event, str]] = {
    "no id": (event("e", id=None), "id is required"),
    "a blank id": (event(" "), "id must not be blank"),
    "an id that is a number": (event("e", id=7), "id must be a string"),
    "an id that is too long": (event("x" * 257), "id must be at most 256 characters long"),
    "no type": (event("e", type=None), "type is required"),
    "another type": (event("e", "room.renamed"), "type must be one of participant.joined, "),
    "no time": (event("e", time=None), "time is required"),
    "a time that is none": (event("e", time="noon"), "time must be an ISO 8601 instant"),
    "no room": (event("e", roomId=None), "roomId is required"),
    "a NUL in the room": (event("e", roomId="a\0b"), "roomId must not contain a NUL character"),
    "a room title that is a list": (event("e", roomTitle=[]), "roomTitle must be a string"),
    "a blank run": (event("e", roomInstanceId=" "), "roomInstanceId must not be blank"),
    "no session": (event("e", sessionId=None), "sessionId is required"),
    "no participant": (event("e", participant=None), "participant must be an object with a uid"),
    "a participant without uid": (event("e", participant={}), "participant.uid is required"),
    "an unknown role": (
        event("e", participant={"uid": "ann", "role": "boss"}),
        "participant.role must be one of TEACHER, STUDENT, MODERATOR, ADMIN",
    ),
    "an address that is none": (event("e", ipAddress="home"), "ipAddress must be an IPv4 or IPv6"),
    "a join time that is none": (
        event("e", "participant.left", joinedAt="noon"),
        "joinedAt must be an ISO 8601 instant",
    ),
}


@pytest.mark.parametrize("broken", _BROKEN)
def test_an_invalid_event_is_told_which_field_is_wrong_and_leaves_nothing(
    account: Account, broken: str
) -> None:
    said, message = _BROKEN[broken]
    (result,) = account.tell(said)
    assert result["status"] == "invalid"
    assert result["message"].startswith(message), result["message"]
    assert account.event_ids() == set()
    assert account.sessions() == {}


def test_empty_text_in_optional_fields_of_an_event_is_as_if_it_were_absent(
    account: Account,
) -> None:
    empty: Event = dict.fromkeys(("roomTitle", "roomInstanceId", "ipAddress", "userAgent"), "")
    joined = event("e1") | empty | {"participant": {"uid": "ann", "name": "", "role": ""}}
    left = event("e2", "participant.left", time=LATER) | empty | {"joinedAt": "", "participant": ""}
    results = account.tell(joined, left)
    assert [one["status"] for one in results] == ["accepted", "accepted"]
    assert [visit["isActive"] for visit in account.visits("ann")] == [False]


@pytest.mark.parametrize("wrong", [None, 1, "text", [], ["e1"]])
def test_what_is_no_event_is_invalid_by_itself(account: Account, wrong: object) -> None:
    answer = account.post("/v1/events", {"events": [wrong, event("e1")]})
    results = answer.json()["data"]["results"]
    assert results[0] == {
        "id": None,
        "status": "invalid",
        "message": "an event must be a JSON object",
    }
    assert results[1] == {"id": "e1", "status": "accepted"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "body must be valid JSON"),
        (b"{}", "events must be a list of events"),
        (b'{"events": {}}', "events must be a list of events"),
        (b'{"events": []}', "events must hold 1 to 1000 events"),
        (json.dumps({"events": [{}] * 1001}).encode(), "events must hold 1 to 1000 events"),
    ],
)
def test_a_body_without_a_list_of_events_is_refused_whole(
    account: Account, body: bytes, message: str
) -> None:
    with account.client() as client:
        answer = client.post(
            "/v1/events", content=body, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "message": message, "error": "INVALID_REQUEST"}


def test_a_thousand_events_in_one_batch_are_taken(account: Account) -> None:
    batch = [event(f"e{n}", sessionId=f"stay-{n}") for n in range(1000)]
    assert {one["status"] for one in account.tell(*batch)} == {"accepted"}
    assert len(account.sessions()) == 1000


def test_a_body_over_four_mebibytes_is_too_large(account: Account) -> None:
    answer = account.post("/v1/events", {"events": [event("e1", padding="x" * 4 * 1024 * 1024)]})
    assert answer.status_code == 413
    assert answer.json()["error"] == "PAYLOAD_TOO_LARGE"
    assert account.event_ids() == set()


def test_other_content_types_are_refused(account: Account) -> None:
    answer = account.post("/v1/events", {"events": [event("e1")]}, **{"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_a_single_cloud_event_is_taken(account: Account) -> None:
    told = cloud("e1", "com.example.participant.joined")
    answer = account.post("/v1/events", told, **{"Content-Type": "application/cloudevents+json"})
    assert answer.json()["data"]["results"] == [{"id": "e1", "status": "accepted"}]
    assert account.visits("ann")[0]["joinedAt"] == NOON


def test_a_batch_of_cloud_events_is_taken_each_by_itself(account: Account) -> None:
    told = [
        cloud("e1", "participant.joined"),
        cloud("e2", "com.example.participant.left", time=LATER),
        cloud("e3", "participant.joined", roomId=None),
    ]
    kind = {"Content-Type": "application/cloudevents-batch+json; charset=utf-8"}
    answer = account.post("/v1/events", told, **kind)
    assert [one["status"] for one in answer.json()["data"]["results"]] == [
        "accepted",
        "accepted",
        "invalid",
    ]
    assert answer.json()["data"]["results"][2]["message"] == "roomId is required"
    assert account.visits("ann")[0]["duration"] == 2700


def test_cloud_events_are_one_by_their_source_and_id(account: Account) -> None:
    told = json.loads((CASES / "3-cloudevents-two-sources.json").read_text())
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    # A trace is another with each try; what the event says is the same.
    again = [{**one, "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-1"} for one in told]
    other = {**told[0], "data": {**told[0]["data"], "roomId": "another"}}
    results = account.post("/v1/events", [*told, *again, other], **kind).json()["data"]["results"]
    statuses = ["accepted", "accepted", "duplicate", "duplicate", "conflict"]
    assert [(one["id"], one["status"]) for one in results] == [("1", how) for how in statuses]
    assert account.event_ids() == {"/campus/a 1", "/campus/b 1"}
    assert [len(account.visits(uid)) for uid in ("s1", "s2")] == [1, 1]


def test_the_source_of_a_cloud_event_may_be_long_strange_or_missing(account: Account) -> None:
    told = [
        {**cloud("e1", "participant.joined"), "source": "/" + "x" * 300},
        {**cloud("e1", "participant.joined"), "source": "/" + "x" * 301},
        {**cloud("b e1", "participant.joined"), "source": "/a"},
        {**cloud("e1", "participant.joined"), "source": "/a b"},
        {**cloud("e1", "participant.joined"), "source": ""},
        {**cloud("e1", "participant.joined"), "source": 7},
    ]
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    results = account.post("/v1/events", told, **kind).json()["data"]["results"]
    assert [one["status"] for one in results] == ["accepted"] * 5 + ["invalid"]
    assert results[-1]["message"] == "source must be a string"
    assert len(account.event_ids()) == 5


def test_the_end_of_a_later_class_closes_nobody_of_an_earlier_one(account: Account) -> None:
    """The room is a name, and the leave and the end of the first class are lost."""
    account.tell(
        event("e1", sessionId="stay-1"),
        event("e2", "room.started", time="2024-01-15T16:00:00Z", sessionId=None, participant=None),
        event("e3", sessionId="stay-2", time="2024-01-15T16:00:10Z", participant={"uid": "bob"}),
        event("e4", "room.finished", time="2024-01-15T17:00:00Z", sessionId=None, participant=None),
    )
    assert account.visits("ann")[0]["isActive"]
    assert account.visits("bob")[0]["duration"] == 3590


def test_who_is_left_out_of_own_events_has_no_sessions(account: Account) -> None:
    account.tell(event("e1"))
    configure = ("source", "configure", account.org_id + "events", "--org", account.tenant.key)
    command(account.tenant.database_url, *configure, "leave_out_names=*Notes*")
    bot, number = {"uid": "bot", "name": "Meeting NOTES"}, count()

    def without_the_bot() -> bool:
        # Until the service goes by the setting, after some seconds, it does not know better.
        account.tell(event(f"bot-{next(number)}", sessionId="stay-2", participant=bot))
        return not account.visits("bot")

    assert within_seconds(without_the_bot)
    assert len(account.visits("ann")) == 1


@pytest.mark.parametrize("key", [None, "rb_" + "a" * 10 + "_" + "b" * 32])
def test_only_a_known_organization_can_tell_events(account: Account, key: str | None) -> None:
    headers = {} if key is None else {"VF-ORG-ID": key}
    with account.client() as client:
        client.headers.pop("VF-ORG-ID")
        answer = client.post("/v1/events", json={"events": [event("e1")]}, headers=headers)
    assert answer.status_code == 401
    assert account.event_ids() == set()


def test_the_first_event_sets_an_organization_up_and_shows_as_a_source(account: Account) -> None:
    account.tell(event("e1"), event("e1"), event("e2", "participant.left", time=LATER))
    own = account.health(f"{account.org_id}events")
    assert (own["kind"], own["accepted"], own["duplicate"]) == ("events", 2, 1)


def test_the_same_ids_of_two_tenants_are_two_events(
    account: Account, other_account: Account
) -> None:
    assert account.tell(event("e1"))[0]["status"] == "accepted"
    assert other_account.tell(event("e1", participant={"uid": "zoe"}))[0]["status"] == "accepted"
    assert other_account.visits("ann") == []
    assert account.visits("zoe") == []
