"""Facts as text: whatever is written is read again, and no more is written than there is to say."""

import json

from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.events import (
    Corrected,
    Ended,
    Fact,
    Joined,
    Left,
    Participant,
    Room,
    RoomFinished,
    RoomStarted,
)
from rollbook.store.facts import facts_from_json, facts_to_json

FEW = st.sampled_from(["a", 'b"é', "null"])
ROOMS = st.builds(Room, FEW, st.none() | FEW, st.none() | FEW)
PEOPLE = st.builds(Participant, FEW)
FACTS: st.SearchStrategy[Fact] = st.one_of(
    st.builds(Joined, FEW, ROOMS, PEOPLE),
    st.builds(Left, FEW, ROOMS, st.none() | PEOPLE),
    *(st.builds(kind, room=ROOMS) for kind in (Ended, Corrected, RoomStarted, RoomFinished)),
)


@given(st.lists(FACTS, max_size=5).map(tuple))
def test_what_is_written_is_read_again(facts: tuple[Fact, ...]) -> None:
    assert facts_from_json(facts_to_json(facts)) == facts


def test_of_a_visit_room_and_person_are_written_once() -> None:
    room, person = Room("math", "Mathematics"), Participant("mei", "Mei")
    text = facts_to_json((Joined("p", room, person, 1), Left("p", room, person, 5, 1)))
    assert json.loads(text) == [
        [
            "joined",
            {
                "presence_id": "p",
                "room": {"room_id": "math", "title": "Mathematics"},
                "participant": {"uid": "mei", "name": "Mei"},
                "at": 1,
            },
        ],
        ["left", {"at": 5, "joined_at": 1}],
    ]


def test_what_was_written_at_length_is_read_too() -> None:
    room = {"room_id": "math", "title": None, "instance_id": None}
    said = {"presence_id": "p", "room": room, "participant": None, "at": 5, "moves": False}
    assert facts_from_json(json.dumps([["left", said]])) == (Left("p", Room("math"), None, 5),)
