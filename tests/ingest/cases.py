"""Cases: what real platforms send, and the sessions that are right (`fixtures/cases/platforms`).

`{"$t": 14, "form": "iso"}` in a delivery is the moment 14 seconds after the case begins, written as
`iso`, `ms` or `s`, or as the texts `msstr` and `sstr`. `expect` has, for each person, the sessions in
their order; a session is compared in what it says.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest.book import LASTS, Book
from support.meters import Uncounted
from support.signing import secret_for, signed

from rollbook.domain.events import Fact
from rollbook.domain.instants import to_text
from rollbook.domain.limits import Limits
from rollbook.domain.presences import Presence
from rollbook.domain.sessions import Rules
from rollbook.domain.sources import Source
from rollbook.service.ingest.group_commit import GroupCommit
from rollbook.service.ingest.webhooks import Inlet, take_in, verified
from rollbook.service.organizations.keys import create_organization
from rollbook.service.organizations.limits import IntakeMeter, KnownLimits
from rollbook.service.organizations.sources import add_platform_source, configure
from rollbook.service.platforms import LEAVING_OUT_SETTINGS, WebhookRequest, presences_of
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores

FOLDER = Path(__file__).parents[1] / "fixtures" / "cases" / "platforms"
START = 1_795_600_000_000
NOW = START + 2 * 3_600_000

Expected = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """A case, its moments written out."""

    name: str
    kind: str
    settings: dict[str, object]
    events: list[dict[str, Any]]
    expect: Expected

    def requests(self) -> list[WebhookRequest]:
        return [signed(self.kind, event, NOW) for event in self.events]


def read(file: Path) -> Case:
    told = json.loads(file.read_text())
    expect = {name: rows for name, rows in told["expect"].items() if not name.startswith("$")}
    settings = dict(_setting(text) for text in told["settings"])
    events = _written(told["deliveries"])
    return Case(told["name"], told["kind"], settings, events, expect)


def _setting(text: str) -> tuple[str, object]:
    name, _, value = text.partition("=")
    listed = name.endswith("_paths") or name in LEAVING_OUT_SETTINGS
    return name, value.split(",") if listed else value


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$t" in value:
        return _moment(START + round(value["$t"] * 1000), value["form"])
    return {key: _written(one) for key, one in value.items()}


def _moment(at: int, form: str) -> str | int | float:
    forms: dict[str, str | int | float] = {
        "iso": to_text(at).replace(".000Z", "Z"),
        "ms": at,
        "s": at / 1000,
        "msstr": str(at),
        "sstr": str(at // 1000),
    }
    return forms[form]


async def opened(stores: Stores, case: Case) -> Book:
    """The ledger of a new organization with a source for the case, set as the case says."""
    organization, _ = await create_organization(stores.organizations, case.name, "UTC", START)
    kind = SOURCE_KINDS[case.kind]
    wanted = Source(organization.org_id, "", case.kind, case.kind, START)
    source = await add_platform_source(stores.organizations, wanted, kind, secret_for(case.kind))
    return await configured(Book(stores, source, Rules()), case.settings)


async def configured(book: Book, settings: dict[str, object]) -> Book:
    """The same ledger, its source set otherwise."""
    kind = SOURCE_KINDS[book.source.kind]
    source = await configure(book.stores.organizations, book.source, kind, settings)
    return Book(book.stores, source, replace(presences_of(source, kind), lasts=LASTS))


async def play(book: Book, requests: Sequence[WebhookRequest]) -> None:
    """Deliver as the platform does, one after the other."""
    known = KnownLimits(book.stores.limits, Limits())
    group = GroupCommit(book.stores.ledger, Uncounted())
    inlet = Inlet(group, IntakeMeter(book.stores.limits, known))
    kind = SOURCE_KINDS[book.source.kind]
    for request in requests:
        assert await take_in(inlet, kind, book.source, request, NOW) is None


def facts_in(book: Book, requests: Sequence[WebhookRequest]) -> list[Fact]:
    kind = SOURCE_KINDS[book.source.kind]
    return [
        fact
        for request in requests
        for delivery in verified(book.source, kind, request, NOW)
        for fact in delivery.facts
    ]


def assert_right(case: Case, presences: Iterable[Presence]) -> None:
    """Exactly the people and sessions that the case expects; `any`: whatever came before the last."""
    by_person: dict[str, list[Presence]] = {}
    seen = (presence for presence in presences if presence.joined_at is not None)
    for presence in sorted(seen, key=lambda one: (one.joined_at or 0, one.session_id)):
        by_person.setdefault(str(presence.participant_id), []).append(presence)
    assert by_person.keys() == case.expect.keys()
    for uid, rows in case.expect.items():
        found = by_person[uid][-1:] if rows[-1].get("any") else by_person[uid]
        told = [{name: value for name, value in row.items() if name != "any"} for row in rows]
        shown = [_shown(presence) for presence in found]
        assert [_only(one, row) for one, row in zip(shown, told, strict=True)] == told


def _only(shown: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    return {name: shown[name] for name in row}


def _shown(presence: Presence) -> dict[str, Any]:
    return {
        "join": _seconds(presence.joined_at),
        "leave": _seconds(presence.left_at),
        "active": presence.left_at is None,
        "ip": presence.ip_address,
        "room": presence.room_id,
        "leftBy": presence.left_by.name.lower() if presence.left_by else None,
    }


def _seconds(at: int | None) -> float | None:
    return None if at is None else (at - START) / 1000


ALL = [read(file) for file in sorted(FOLDER.glob("*.json"))]
