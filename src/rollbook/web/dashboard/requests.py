"""What a request for a page says, and who is in front of it."""

import re
from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import parse_qs

from litestar.datastructures import UploadFile

from rollbook.domain.audit import Action, Entry
from rollbook.domain.errors import InvalidInput, StoreUnavailable
from rollbook.domain.organizations import Organization
from rollbook.domain.rights import Right
from rollbook.domain.users import User
from rollbook.domain.values import value
from rollbook.service.organizations.ports import Organizations
from rollbook.service.organizations.sign_in import Known
from rollbook.web.dashboard.cookies import given_cookie
from rollbook.web.http.doers import doer_of
from rollbook.web.http.services import AnyRequest, services_of

MY_ROOMS = "/my-rooms"
PLACE_COOKIE = "rollbook_place"


@value
class SignedIn:
    """Who is signed in, and the token of their forms."""

    known: Known
    form_token: str
    place: str | None
    """As in which place dates and numbers are written for them."""

    @property
    def organization(self) -> Organization:
        return self.known.entered.organization

    @property
    def user(self) -> User | None:
        """Who it is; None for whoever came with a key."""
        return self.known.entered.user

    @property
    def key_hash(self) -> str | None:
        """Of the key that they came with; None for a user."""
        return self.known.entered.key_hash

    @property
    def who(self) -> str:
        """How they are called in what is noted of them."""
        return self.known.entered.who

    @property
    def rooms_page(self) -> str:
        """The list from which they come to rooms."""
        return "/rooms" if self.may(Right.LOOK) else MY_ROOMS

    def may(self, right: str) -> bool:
        """Whether they have a right (domain/rights.py)."""
        return Right(right) in self.known.rights


def signed_in_of(request: AnyRequest) -> SignedIn:
    """Who asks; every page behind the sign-in has one."""
    return cast("SignedIn", request.state.signed_in)


def changed_by(request: AnyRequest) -> Organizations:
    """The organizations, as whoever is signed in changes them."""
    services, who = services_of(request), signed_in_of(request).who
    return services.organizations.by(doer_of(request.scope, services.proxies, who))


async def note_export(request: AnyRequest, what: str) -> None:
    """Keep who took a file away: `what` is in it, without whose it is.

    Where the ledger takes no writes now, the log alone has it, and the file comes all the same.
    """
    if request.method != "HEAD":
        await note_done(request, Action.EXPORTED, what)


async def note_done(request: AnyRequest, action: Action, what: str) -> None:
    """Keep who did something that is no change of an organization; at least the log has it."""
    signed_in, services = signed_in_of(request), services_of(request)
    doer = doer_of(request.scope, services.proxies, signed_in.who)
    entry = Entry(signed_in.organization.org_id, services.now(), action, doer, what)
    try:
        await services.audit.add(entry)
    except StoreUnavailable:
        services.tell(entry)


def place_of(request: AnyRequest) -> str | None:
    """The place that somebody chose for this browser."""
    return given_cookie(request, PLACE_COOKIE) or None


async def form_of(request: AnyRequest) -> dict[str, str]:
    """The fields of a form that was sent, files as text in UTF-8; of a repeated one the last.

    Raises InvalidInput for one in parts that cannot be read.
    """
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return {name: await _text_of(part) for name, part in await _parts_of(request)}
    fields = parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


@value
class Brought:
    """A form with files: its fields, and what came as a file."""

    fields: Mapping[str, str]
    files: Sequence[UploadFile]

    @property
    def file(self) -> UploadFile | None:
        """The file that somebody chose: an empty field of a form comes as one without a name."""
        return next((one for one in self.files if one.filename), None)

    async def close(self) -> None:
        """Forget what was received."""
        for file in self.files:
            await file.close()


async def received(request: AnyRequest) -> Brought:
    """A form that comes in parts, one of which may be a file. Raises InvalidInput."""
    parts = await _parts_of(request)
    fields = {name: value for name, value in parts if isinstance(value, str)}
    return Brought(fields, [value for _, value in parts if isinstance(value, UploadFile)])


def brought_by(request: AnyRequest) -> Brought:
    """What came with a form that may bring a file."""
    return cast("Brought", request.state.brought)


async def _parts_of(request: AnyRequest) -> list[tuple[str, UploadFile | str]]:
    try:
        form = await request.form()
    except (UnicodeError, LookupError):
        raise InvalidInput("This form cannot be read. Send it again.") from None
    return list(form.multi_items())


async def _text_of(part: UploadFile | str) -> str:
    if isinstance(part, UploadFile):
        await part.seek(0)  # whoever checked the form has read it already
        return (await part.read()).decode("utf-8-sig", errors="replace")
    return part


def asked(request: AnyRequest, name: str, default: str = "") -> str:
    """A parameter of the query, trimmed."""
    value = request.query_params.get(name, default)
    return value.strip() if isinstance(value, str) else default


_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*", re.ASCII)


def local_path(text: str) -> str:
    """`text` where it is a path of this site; elsewhere nobody is ever sent."""
    return text if _LOCAL_PATH.fullmatch(text) else "/"


LONGEST_SEARCH = 256
"""Letters of a search that are looked at."""


def asked_number(request: AnyRequest, name: str, default: int, least: int, most: int) -> int:
    """A whole number from the query, forced into bounds: a bookmark never breaks for it."""
    text = asked(request, name)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 15 else default
    return max(least, min(most, number))
