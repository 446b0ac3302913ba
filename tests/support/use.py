"""Hypothesis strategies for ledgers whose sums are asked for, as the rows that are left in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st
from support.classes import LENGTHS, texts
from support.days import any_day, moments
from support.organizations import add_organization
from support.visits import import_source

from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.events import EndEvidence, JoinEvidence, Participant, Role, Room
from rollbook.domain.ids import new_org_id
from rollbook.domain.instants import from_text
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, period_of
from rollbook.domain.presences import Correction, Presence, session_id_for
from rollbook.service.ingest.notes import person_note
from rollbook.service.ingest.ports import RoomNote
from rollbook.stores import Stores

CASES = (
    *(
        "Élodie",
        "éLODIE",
        "STRASSE",
        "Straße",
        "İnce",
        "ince",
        "ΣΊΣΥΦΟΣ",
        "σίσυφος",
        "Иван Ё",
        "ИВАН ё",
    ),
    *(
        "\ufb01ne",
        "FINE",
        "\u01c4",
        "\u01c5",
        "ß",
        "ẞ",
        "王小明",
        "\u2126",
        "ω",
        "\u0149",
        "\u0345",
    ),
    *("\u13a0", "\uab70", "\U00010400", "\U00010428", "\uff3a", "\u212a"),
)
"""Names whose letters have cases: with small forms that are two letters, or other ones, or the same."""

_LENGTHS = st.sampled_from(LENGTHS) | st.integers(-5_000, 30 * 3_600_000) | st.none()


@dataclass(frozen=True, slots=True)
class Book:
    """What a ledger holds, and at which moment (ms UTC) what range of days is asked for."""

    zone: str
    rule: CreditRule
    now: int
    days: Period
    sessions: Sequence[Presence]
    people: Sequence[Participant]
    rooms: Sequence[Room]

    @property
    def names(self) -> list[str]:
        """Every text that people or rooms have."""
        told = [(one.uid, one.name) for one in self.people]
        told += [(one.room_id, one.title) for one in self.rooms]
        return [text for pair in told for text in pair if text]


def labels() -> st.SearchStrategy[str]:
    """Texts, often with letters that have cases."""
    return st.sampled_from(CASES) | texts()


@st.composite
def books(draw: st.DrawFn) -> Book:
    zone, day = draw(any_day())
    uids = draw(st.lists(labels(), min_size=1, max_size=5, unique=True))
    rooms = draw(st.lists(labels(), min_size=1, max_size=4, unique=True))
    one = st.tuples(
        st.sampled_from([*uids, *uids, *uids, None]),
        st.sampled_from(rooms),
        st.sampled_from((False,) * 9 + (True,)).flatmap(
            lambda unknown: st.none() if unknown else moments(zone, day)
        ),
        _LENGTHS,
        st.sampled_from((False,) * 5 + (True,)),
    )
    size = draw(st.sampled_from((0, 3, 8, 8, 12, 12, 20)))
    drawn = draw(st.lists(one, min_size=size, max_size=size))
    sessions = [_presence(number, *what) for number, what in enumerate(drawn)]
    last = day + timedelta(days=draw(st.sampled_from((0, 1, 1))))
    return Book(
        zone=zone,
        rule=CreditRule(draw(st.sampled_from(Rounding)), draw(st.sampled_from((0, 0, 30, 60)))),
        now=draw(moments(zone, day).map(from_text) | st.sampled_from(_while_there(sessions))),
        days=period_of(last - timedelta(days=draw(st.integers(0, 2))), last, zone),
        sessions=sessions,
        people=_and_others(
            draw(st.lists(st.sampled_from(uids), unique=True).flatmap(_people)), sessions
        ),
        rooms=[Room(room, draw(st.none() | labels())) for room in rooms],
    )


def _while_there(sessions: Sequence[Presence]) -> list[int]:
    """Moments at which people are in rooms: as they come, as they go, and between."""
    ends = [(one.joined_at, one.left_at) for one in sessions]
    both = [(came, went) for came, went in ends if came is not None and went is not None]
    return [at for came, went in both for at in (came, (came + went) // 2, went)] or [0]


def _people(uids: Sequence[str]) -> st.SearchStrategy[list[Participant]]:
    roles = st.none() | st.sampled_from(Role)
    one = [st.builds(Participant, st.just(uid), st.none() | labels(), roles) for uid in uids]
    return st.tuples(*one).map(list)


def _and_others(people: list[Participant], sessions: Sequence[Presence]) -> list[Participant]:
    """With whom sessions tell of alone: their ids are known, as with every event that is folded."""
    there = {one.participant_id for one in sessions if one.participant_id}
    return people + [Participant(uid) for uid in sorted(there - {one.uid for one in people})]


def _presence(
    number: int, uid: str | None, room: str, joined: str | None, length: int | None, void: bool
) -> Presence:
    joined_at = None if joined is None else from_text(joined)
    left_at = None if length is None else (joined_at or 0) + length
    return Presence(
        session_id=session_id_for("a source", str(number)),
        source_id="a source",
        presence_id=str(number),
        room_id=room,
        instance_id=None,
        participant_id=uid,
        joined_at=joined_at,
        joined_by=JoinEvidence.NONE if joined_at is None else JoinEvidence.SEEN,
        left_at=left_at,
        left_by=None if left_at is None else EndEvidence.LEAVE,
        correction=Correction(0, void=True) if void else None,
    )


async def written(stores: Stores, book: Book) -> Organization:
    """An organization that holds what the book says."""
    organization = Organization(new_org_id(), "Riverside", book.zone, book.rule, has_source=True)
    await add_organization(stores, organization, import_source(organization))
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.save_presences(book.sessions)
        await transaction.note_people([person_note(one, 0) for one in book.people])
        titles = [RoomNote(one.room_id, one.title, 0) for one in book.rooms if one.title]
        await transaction.note_rooms(titles)
    return organization
