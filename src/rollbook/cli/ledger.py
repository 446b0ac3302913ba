"""`rollbook ledger`: the sessions beside the stored events that they were made of."""

import json
from enum import IntEnum

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.options import json_option, org_option
from rollbook.cli.output import print_json, printable
from rollbook.cli.program import EXIT_FAILED
from rollbook.cli.running import command_body, find_organization
from rollbook.cli.verifying import checked_sources
from rollbook.domain.instants import to_text
from rollbook.domain.presences import Correction
from rollbook.service.upkeep import rebuild as rebuilding
from rollbook.service.upkeep.rebuild import Checked, Difference, DifferenceKind
from rollbook.settings import read_settings

_DONE = {
    DifferenceKind.MISSING: "added",
    DifferenceKind.EXTRA: "removed",
    DifferenceKind.DIFFERENT: "corrected",
}


@click.group()
def ledger() -> None:
    """Verify the sessions against the stored events, and rebuild them from there.

    Rows of imported files and corrections are events like any other.

    \b
    Example:
      rollbook ledger verify --org gtjoozxa3j
    """


@ledger.command()
@org_option
@json_option
@command_body
async def verify(org_reference: str, *, as_json: bool) -> None:
    """Report where the sessions differ from what the events tell; exits with 1 if they do.

    Changes nothing, and can run beside a running service.

    \b
    Example:
      rollbook ledger verify --org gtjoozxa3j --json
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        total = _Total({kind: kind.value for kind in DifferenceKind})
        async for checked in checked_sources(stores, organization.org_id, rebuilding.verify):
            total.add(checked, show=not as_json)
    if as_json:
        print_json(json.dumps(total.as_json(), ensure_ascii=False))
    else:
        click.echo(total.summary())
    if total.differences:
        raise SystemExit(EXIT_FAILED)


@ledger.command()
@org_option
@command_body
async def rebuild(org_reference: str) -> None:
    """Fold the stored events anew and correct every session that is not as they tell.

    Safe beside a running service: each part is compared and corrected in one transaction.

    \b
    Example:
      rollbook ledger rebuild --org gtjoozxa3j
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        total = _Total(_DONE)
        async for checked in checked_sources(stores, organization.org_id, rebuilding.rebuild):
            total.add(checked, show=True)
    click.echo(total.summary())


class _Total:
    """What was checked so far. `words` says what each kind of difference is called."""

    def __init__(self, words: dict[DifferenceKind, str]) -> None:
        self._words = words
        self._rooms = self._sessions = 0
        self.differences: list[Difference] = []

    def add(self, checked: Checked, *, show: bool) -> None:
        self._rooms += checked.rooms
        self._sessions += checked.sessions
        self.differences += checked.differences
        for difference in checked.differences if show else ():
            click.echo(printable(_line(self._words[difference.kind], difference)))

    def summary(self) -> str:
        checked = f"Checked {self._sessions} session(s) in {self._rooms} room(s)"
        counts = ", ".join(f"{self._count(kind)} {word}" for kind, word in self._words.items())
        return f"{checked}: {counts}." if self.differences else f"{checked}: as the events tell."

    def as_json(self) -> dict[str, object]:
        return {
            "rooms": self._rooms,
            "sessions": self._sessions,
            "differences": [_as_json(difference) for difference in self.differences],
        }

    def _count(self, kind: DifferenceKind) -> int:
        return sum(difference.kind is kind for difference in self.differences)


def _line(word: str, difference: Difference) -> str:
    what = f"session {difference.session_id}" if difference.session_id else "an end of the room"
    line = f"{word}: {what} in room {difference.room_id}, source {difference.source_id}"
    if difference.kind is not DifferenceKind.DIFFERENT:
        return line
    pairs = difference.fields.items()
    changes = (f"{name} {_shown(name, old)} -> {_shown(name, new)}" for name, (old, new) in pairs)
    return f"{line}: {', '.join(changes)}"


def _as_json(difference: Difference) -> dict[str, object]:
    return {
        "kind": difference.kind.value,
        "sourceId": difference.source_id,
        "roomId": difference.room_id,
        "sessionId": difference.session_id,
        "fields": {
            _camel(name): {"stored": _shown(name, stored), "told": _shown(name, expected)}
            for name, (stored, expected) in difference.fields.items()
        },
    }


def _shown(name: str, value: object) -> object:
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, Correction):
        return _said(value)
    if isinstance(value, int) and name.endswith("_at"):
        return to_text(value)
    return value


def _said(correction: Correction) -> str:
    if correction.left_at is not None:
        return f"left {to_text(correction.left_at)}"
    return "never was" if correction.void else "taken back"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
