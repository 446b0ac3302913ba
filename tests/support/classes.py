"""Hypothesis strategies for what happens in an organization and what is asked about it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hypothesis import strategies as st
from support.days import any_day, moments
from support.oracle import Body
from support.visits import Visit

from rollbook.domain.credits import CreditRule, Rounding

HOSTILE = (
    "=cmd|' /C calc'!A0",
    '"quoted", with commas; and semicolons',
    "two\r\nlines",
    "\tb",
    "\rc",
    "+1",
    "-1",
    "@home",
    " spaces ",
    "日本語クラス",
    "שיעור \u202eenglish",
    "👩‍🏫 Ünïcode",
    "O'Brien'; DROP TABLE session; --",
    "x" * 256,
    "語" * 256,
)
LENGTHS = (0, 1, 999, 1000, 29_999, 30_000, 59_999, 60_000, 60_001, 89_500, 3_405_000)


@dataclass(frozen=True, slots=True)
class Case:
    """Visits in the order in which they become known, and questions about them."""

    time_zone: str
    rule: CreditRule
    now: str
    visits: tuple[Visit, ...]
    told_in: tuple[tuple[Visit, ...], ...]
    questions: tuple[Body, ...]


def texts() -> st.SearchStrategy[str]:
    """Texts that are not blank: hostile ones, and any others that can be stored."""
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    anything = st.text(letters, min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
    return st.sampled_from(HOSTILE) | anything


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, day = draw(any_day())
    uids = draw(st.lists(texts(), min_size=1, max_size=2, unique=True))
    rooms = draw(st.lists(texts(), min_size=1, max_size=4, unique=True))
    size = draw(st.sampled_from((0, 1, 4, 8, 8, 12, 12, 12, 20, 20, 40)))
    one = _visits(zone, day, draw(_pools(uids, rooms)))
    drawn = draw(st.lists(one, min_size=size, max_size=size))
    visits = tuple(replace(visit, id=f"stay-{n}") for n, visit in enumerate(drawn))
    return Case(
        time_zone=draw(st.just(zone) | st.sampled_from(("UTC", "Pacific/Auckland"))),
        rule=CreditRule(draw(st.sampled_from(Rounding)), draw(st.sampled_from((0, 0, 30, 60)))),
        now=draw(moments(zone, day)),
        visits=visits,
        told_in=draw(_tellings(visits)),
        questions=draw(
            st.lists(_questions(zone, day, uids, rooms), min_size=1, max_size=4).map(tuple)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Pools:
    """What the visits of a case are put together from."""

    uids: list[str]
    rooms: list[str]
    labels: list[str]
    addresses: list[str]


def _pools(uids: list[str], rooms: list[str]) -> st.SearchStrategy[_Pools]:
    labels = st.lists(texts(), min_size=1, max_size=4)
    addresses = st.lists(st.ip_addresses().map(str), min_size=1, max_size=4)
    return st.builds(_Pools, st.just(uids), st.just(rooms), labels, addresses)


def _visits(zone: str, day: date, pools: _Pools) -> st.SearchStrategy[Visit]:
    lengths = st.sampled_from(LENGTHS) | st.integers(0, 30 * 3_600_000) | st.none()
    label = st.sampled_from([None, *pools.labels])
    return st.builds(
        lambda stay, **rest: Visit(*stay, **rest),
        st.tuples(moments(zone, day), lengths).map(_stay),
        room=st.sampled_from(pools.rooms),
        uid=st.sampled_from(pools.uids),
        name=label,
        role=st.sampled_from((None, "TEACHER", "STUDENT", "MODERATOR", "ADMIN")),
        title=label,
        ip=st.sampled_from([None, *pools.addresses]),
    )


def _stay(drawn: tuple[str, int | None]) -> tuple[str, str | None]:
    joined, length = drawn
    if length is None:
        return joined, None
    left = datetime.fromisoformat(joined) + timedelta(milliseconds=length)
    return joined, left.isoformat(timespec="milliseconds")[:23] + "Z"


@st.composite
def _tellings(draw: st.DrawFn, visits: tuple[Visit, ...]) -> tuple[tuple[Visit, ...], ...]:
    """Files that tell of the visits in any order, some of them twice."""
    if not visits:
        return ()
    twice = draw(st.lists(st.sampled_from(visits), max_size=4))
    order = draw(st.permutations([*visits, *twice]))
    cut = draw(st.integers(0, len(order)))
    return tuple(order[:cut]), tuple(order[cut:])


def _questions(zone: str, day: date, uids: list[str], rooms: list[str]) -> st.SearchStrategy[Body]:
    days = st.integers(-2, 2).map(lambda n: str(day + timedelta(days=n)))
    dates: st.SearchStrategy[Body] = st.one_of(
        st.just({}),
        st.fixed_dictionaries({"startDate": days | moments(zone, day)}),
        st.tuples(days, days).map(lambda two: {"startDate": min(two), "endDate": max(two)}),
        st.tuples(st.integers(-9, 0), st.integers(0, 9)).map(
            lambda two: {
                "startDate": str(day + timedelta(days=two[0])),
                "endDate": str(day + timedelta(days=two[1])),
            }
        ),
    )
    rest = st.fixed_dictionaries(
        {"uid": st.sampled_from([*uids, *uids, *uids, "nobody"])},
        optional={
            "roomId": st.sampled_from([*rooms, *rooms, *rooms, "nowhere"]),
            "page": st.sampled_from((1, 1, 2, 3)),
            "limit": st.integers(1, 10),
            "timezone": st.just(zone),
            "csv": st.fixed_dictionaries(
                {"delimiter": st.sampled_from(",;\t"), "bom": st.booleans()}
            ),
        },
    )
    return st.tuples(dates, rest).map(lambda two: two[0] | two[1])
