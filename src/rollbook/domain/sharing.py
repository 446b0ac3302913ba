"""Links by which a page of paper can be read by who does not sign in: frozen, and for a time."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.domain.rights import Right
from rollbook.domain.values import value

USUAL_DAYS = 14
"""How long a link leads anywhere, where nothing else is said."""

MOST_DAYS = 90

_LONGEST = 40


class SharedPage(StrEnum):
    """What can be shared: what can be printed, and leads nowhere else."""

    PERSON = "person"
    CLASS = "class"
    SHEET = "sheet"


_ASKED_WITH: Mapping[SharedPage, frozenset[str]] = {
    SharedPage.PERSON: frozenset({"uid", "room"}),
    SharedPage.CLASS: frozenset({"id", "class", "began", "ended", "share", "late", "early", "gap"}),
    SharedPage.SHEET: frozenset({"id", "share", "late", "early", "gap"}),
}
_IDS = frozenset({"uid", "id", "room"})
_WHOSE = {SharedPage.PERSON: "uid", SharedPage.CLASS: "id", SharedPage.SHEET: "id"}


@value
class SharedView:
    """One page, with all that it is asked with: whose, which days, and by which rule."""

    page: SharedPage
    query: Mapping[str, str]

    @property
    def uid(self) -> str | None:
        """The person whom it is about; None where it is about a room."""
        return self.query.get("uid")

    @property
    def first(self) -> date:
        return date.fromisoformat(self.query["from"])

    @property
    def last(self) -> date:
        return date.fromisoformat(self.query["to"])

    @property
    def subject(self) -> str:
        """The id of the person or the room that it shows."""
        return self.query[_WHOSE[self.page]]


@value
class SharedLink:
    """A link as it is kept. Instants in milliseconds UTC, `opened_at` to a day."""

    token_hash: str
    view: SharedView
    shared_by: str
    """The user or key who made it, as they are called in what is noted."""
    shared_at: int
    until: int
    rights: frozenset[Right]
    """What whoever made it may do now."""
    opened_at: int | None = None

    @property
    def works(self) -> bool:
        """Whether whoever made it may share still."""
        return Right.SHARE in self.rights

    @property
    def known_as(self) -> str:
        """How it is called in what is noted: without its token, and without whom it is about."""
        return link_named(self.token_hash)


def link_named(token_hash: str) -> str:
    """How a link is called in what is noted."""
    return f"link {token_hash[:12]}"


def checked_view(page: str, asked: Mapping[str, str]) -> SharedView:
    """What is to be shared: a page, and of what it was asked with what it heeds.

    Days must be said as dates, so that the link goes on showing the same ones. Raises InvalidInput.
    """
    try:
        known = SharedPage(page)
    except ValueError:
        raise InvalidInput("Share a person, a class or a sheet: open one first.") from None
    if not asked.get(_WHOSE[known]):
        raise InvalidInput("Say what is to be shared: open a person, a class or a sheet first.")
    first, last = _day(asked, "from"), _day(asked, "to")
    if last < first:
        raise InvalidInput("The last day must not be before the first one.")
    kept = {"from": first.isoformat(), "to": last.isoformat()}
    for name in sorted(_ASKED_WITH[known]):
        value = asked.get(name, "")
        if value:
            kept[name] = identifier(value, name) if name in _IDS else value[:_LONGEST]
    return SharedView(known, kept)


def checked_until(text: str, today: date) -> date:
    """The last day of a link: today, or up to 90 days later. Raises InvalidInput."""
    try:
        until = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput("Until must be a date like 2026-01-31.", field="until") from None
    if not today <= until <= today + timedelta(days=MOST_DAYS):
        raise InvalidInput(
            f"Until must be today or later, and at most {MOST_DAYS} days from now.", field="until"
        )
    return until


def _day(asked: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(asked.get(name, ""))
    except ValueError:
        raise InvalidInput("Share a page with its days as dates like 2026-01-31.") from None
