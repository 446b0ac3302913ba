"""Facts as text: whatever is written is read again, and no more is written than there is to say."""

import json

from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.events import (
    Corrected,
    Ended,
    EndEvidence,
    Fact,
    Joined,
    JoinEvidence,
    Left,
    Participant,
    Role,
    Room,
    RoomFinished,
    RoomStarted,
)
from rollbook.store.facts import facts_from_text, facts_to_text

FEW = st.sampled_from(["a", 'b"é', "null", "0"])
UUID = "1a4f2d4d-3f5f-4a6c-9221-aef71a5e11b1"
MOMENTS = st.integers(0, 253_402_300_799_999)
ROOMS = st.builds(Room, FEW, st.none() | FEW, st.none() | FEW)
PEOPLE = st.builds(
    Participant, FEW, st.none() | FEW, st.none() | st.sampled_from(Role), st.none() | FEW
)
SOME = {
    "presence_id": FEW | st.uuids().map(str) | st.uuids().map(lambda one: str(one).upper()),
    "room": ROOMS,
    "at": MOMENTS,
}
WORDS = {"ip_address": st.none() | FEW, "user_agent": st.none() | FEW}
FACTS: st.SearchStrategy[Fact] = st.one_of(
    st.builds(Joined, **SOME, **WORDS, participant=PEOPLE, evidence=st.sampled_from(JoinEvidence)),
    st.builds(
        Left,
        **SOME,
        **WORDS,
        participant=st.none() | PEOPLE,
        joined_at=st.none() | MOMENTS,
        moves=st.booleans(),
    ),
    st.builds(Ended, **SOME, evidence=st.sampled_from(EndEvidence)),
    st.builds(
        Corrected,
        **SOME,
        within=MOMENTS,
        left_at=st.none() | MOMENTS,
        void=st.booleans(),
        note=FEW,
    ),
    st.builds(RoomStarted, ROOMS, MOMENTS),
    st.builds(RoomFinished, ROOMS, MOMENTS, st.none() | MOMENTS),
)


@given(st.lists(FACTS, max_size=5).map(tuple), st.none() | FEW, MOMENTS)
def test_what_is_written_is_read_again(
    facts: tuple[Fact, ...], room_id: str | None, occurred_at: int
) -> None:
    text = facts_to_text(facts, room_id, occurred_at)
    read = facts_from_text(text, room_id, occurred_at)
    assert read == facts
    assert list(map(repr, read)) == list(map(repr, facts))


def test_what_the_row_and_the_fact_before_say_is_not_said_again() -> None:
    room, person = Room("math", "Mathematics"), Participant("mei", "Mei", Role.STUDENT)
    visit = (Joined("p", room, person, 1_000), Left("p", room, person, 5_000, 1_000))
    assert facts_to_text(visit, "math", 1_000) == (
        '2[[0,"p",[0,"Mathematics"],["mei","Mei",2]],[1,0,0,0,4000,0]]'
    )
    told = (Joined("p", Room("math"), Participant("mei"), 1_000),)
    assert facts_to_text(told, "math", 1_000) == '2[[0,"p",0,["mei"]]]'
    one = (
        RoomStarted(Room("art", instance_id="7"), 3),
        Ended(UUID, room, 3, EndEvidence.TIMED_OUT),
    )
    assert facts_to_text(one, "math", 3) == (
        '2[[4,["art",null,"7"]],[2,["Gk8tTT9fSmySIa73Gl4RsQ"],[0,"Mathematics"],0,1]]'
    )
    assert facts_to_text((), None, 1_000) == "2[]"


def test_every_role_has_a_number() -> None:
    for role in Role:
        facts = (Joined("p", Room("math"), Participant("mei", role=role), 1),)
        assert facts_from_text(facts_to_text(facts, "math", 1), "math", 1) == facts


def test_what_was_written_until_schema_0012_is_read_too() -> None:
    room = {"room_id": "math", "title": None, "instance_id": None}
    said = {"presence_id": "p", "room": room, "participant": None, "at": 5, "moves": False}
    (left,) = facts_from_text(json.dumps([["left", said]]), "other", 7)
    assert left == Left("p", Room("math"), None, 5)
    text = (
        '[["joined",{"presence_id":"p","room":{"room_id":"math","title":"Mathematics"},'
        '"participant":{"uid":"mei","name":"Mei","role":"TEACHER"},"at":1}],'
        '["left",{"at":5,"joined_at":1}],["room_finished",{"at":9,"started_at":1}],'
        '["ended",{"presence_id":"p","at":9,"evidence":1}],'
        '["corrected",{"at":10,"within":3,"void":true}]]'
    )
    math, mei = Room("math", "Mathematics"), Participant("mei", "Mei", Role.TEACHER)
    assert facts_from_text(text, None, 0) == (
        Joined("p", math, mei, 1),
        Left("p", math, mei, 5, 1),
        RoomFinished(math, 9, 1),
        Ended("p", math, 9, EndEvidence.TIMED_OUT),
        Corrected("p", math, 10, 3, void=True),
    )
