"""Which right each page and each form needs. One that stands in no line here is for nobody."""

from collections.abc import Iterator, Mapping

from rollbook.domain.errors import Forbidden
from rollbook.domain.rights import Right, who_may

_PAGES: Mapping[Right, tuple[str, ...]] = {
    Right.OWN: ("/account",),
    Right.LOOK: (
        "/", "/live", "/overview", "/overview/missing", "/overview/two-places",
        "/overview/addresses", "/overview/without-teacher", "/people", "/people.csv",
        "/people.xlsx", "/person", "/person.csv", "/person.xlsx", "/person/print",
        "/person/taught", "/person/excuses", "/session", "/rooms", "/rooms.csv", "/rooms.xlsx",
        "/absences", "/absences.csv", "/absences.xlsx", "/at-risk", "/at-risk.csv", "/at-risk.xlsx", "/usage",
        "/usage.csv", "/usage.xlsx", "/usage/rooms", "/usage/months",
    ),
    Right.TEACH: ("/my-rooms",),
    Right.ROOM: (
        "/room", "/room.csv", "/room.xlsx", "/room/print", "/room/roster", "/room/said",
        "/room/schedule", "/room/sheet", "/room/sheet.csv", "/room/sheet.xlsx", "/room/sheet/print",
    ),
    Right.KEEP: ("/person.json",),
    Right.SHARE: ("/share", "/shared-links"),
    Right.BRING: ("/import", "/import/rejects"),
    Right.SOURCES: ("/sources", "/sources/test", "/sources/test/arrived"),
    Right.SECRETS: ("/sources/new",),
    Right.SET: ("/settings",),
    Right.USERS: ("/users", "/settings/provider"),
    Right.ERASE: ("/person/erase",),
    Right.CHANGES: ("/changes",),
}  # fmt: skip

_FORMS: Mapping[Right, tuple[str, ...]] = {
    Right.LOOK: ("/", "/people", "/rooms"),
    Right.OWN: (
        "/sign-out", "/confirm", "/confirm/provider", "/account/password", "/account/sign-ins/end", "/account/sign-out",
        "/settings/browser",
    ),
    Right.CLASS: (
        "/room/class", "/room/class/take-back", "/person/excuses", "/person/excuses/take-back",
    ),
    Right.KEEP: ("/session", "/room/rule", "/room/roster", "/room/schedule"),
    Right.SHARE: ("/share", "/shared-links/end"),
    Right.BRING: ("/import", "/import/look", "/import/go", "/import/undo", "/import/forget"),
    Right.SOURCES: ("/sources/pause",),
    Right.SECRETS: ("/sources/new", "/sources/rotate"),
    Right.SET: ("/settings",),
    Right.RETENTION: ("/settings/kept",),
    Right.KEYS: ("/settings/keys", "/settings/keys/revoke"),
    Right.USERS: ("/users", "/users/change", "/settings/provider"),
    Right.ERASE: ("/person/erase",),
}  # fmt: skip


def _table() -> Iterator[tuple[tuple[str, str], Right]]:
    for right, paths in _PAGES.items():
        yield from ((("GET", path), right) for path in paths)
    for right, paths in _FORMS.items():
        yield from ((("POST", path), right) for path in paths)


_OF_A_ROOM = frozenset({Right.ROOM, Right.CLASS})
_ROOM_IN_FORM = {"/person/excuses": "room", "/person/excuses/take-back": "room"}

NEEDS: Mapping[tuple[str, str], Right] = dict(_table())
"""The right by method and path; who may ask with GET may with HEAD."""

ROOM_NAMED: Mapping[tuple[str, str], str] = {
    (method, path): _ROOM_IN_FORM.get(path, "id")
    for (method, path), right in NEEDS.items()
    if right in _OF_A_ROOM
}
"""Where a request about one room names it: a field of the form that is sent, else of the address."""

PROVED = frozenset(
    {
        "/account/sign-ins/end",
        "/settings/keys",
        "/sources/new",
        "/sources/rotate",
        "/users",
        "/users/change",
        "/settings/provider",
        "/person/erase",
        "/share",
    }
)
"""Forms before which the password or key is asked for again, if that was not done a moment ago."""


def line_of(path: str) -> str:
    """The line of the table in which a path stands: the routing takes it with a slash at its end, too."""
    return path.rstrip("/") or "/"


def asked_line(method: str, path: str) -> tuple[str, str]:
    """Method and path of the line in which a request stands."""
    return ("GET" if method == "HEAD" else method, line_of(path))


def require_right(method: str, path: str, rights: frozenset[Right]) -> None:
    """Raises Forbidden, with a word on who may, for whoever may not see a page or send a form."""
    needed = NEEDS.get(asked_line(method, path))
    if needed is None:
        raise Forbidden("Nobody may do this: it stands in no line of the table of rights.")
    if needed not in rights:
        raise Forbidden(f"You may not do this. Who may: {who_may(needed)}.")
