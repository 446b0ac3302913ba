"""What the use cases need of a platform, as Protocols: proof and meaning of its deliveries."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from typing import NamedTuple, Protocol

from rollbook.domain.errors import RollbookError, TooOften
from rollbook.domain.events import Fact, Joined, Role
from rollbook.domain.fields import role
from rollbook.domain.leaving_out import LeftOut
from rollbook.domain.sessions import Rules
from rollbook.domain.sources import Source
from rollbook.domain.values import value


class BadSignature(RollbookError):
    """A delivery is not from whom it claims to be. The message says why, without secrets."""


class ForbiddenDelivery(BadSignature):
    """The same, of a platform that would take the usual answer (401) for success."""


class UnreadableDelivery(RollbookError):
    """A delivery was signed well but cannot be understood."""


class PutOff(TooOften):
    """A delivery that is good, and not taken now: its platform is to send it again later."""


@value
class WebhookRequest:
    """A delivery as it came in: header names in lower case, the body's raw bytes.

    `url` is the public URL it was sent to, query included, as the platform knows it.
    """

    headers: Mapping[str, str]
    body: bytes
    url: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


class Delivery(NamedTuple):
    """One event of a platform, translated.

    `event_id` is the platform's own id, or a hash of what makes the event what it is.
    `payload` is the event as JSON text with every credential taken out. No facts: an event
    that is kept and changes nothing, because its type is unknown or it is not about people.
    `compared` is the JSON value by which a repeat is known from another event under the same id;
    None where that is what the payload says.
    """

    event_id: str
    event_type: str
    occurred_at: int
    facts: tuple[Fact, ...]
    payload: str
    compared: object = None


@value
class TranslationSettings:
    """How a source reads what a platform leaves to its users.

    Each path is a dot-separated way into the platform's own object for a person or room; what
    is found at the first path that leads somewhere counts. Empty: the platform's own default.
    """

    default_role: Role | None = Role.STUDENT
    """For people whose event names no role, or an unknown one. None leaves that unsaid."""
    role_paths: tuple[str, ...] = ()
    ip_paths: tuple[str, ...] = ()
    title_paths: tuple[str, ...] = ()
    uid_paths: tuple[str, ...] = ()
    role_names: Mapping[str, Role] = field(default_factory=dict)
    """The organization's own words for roles, in lower case: {"host": TEACHER}."""
    guests_by_name: bool = False
    """Whether guests without any id are known by their name, where the platform offers it."""


def _never_wrong(value: str) -> str | None:
    return None


@value
class SecretPart:
    """A part of a platform's secret: `name` is its field in a form, and its option of a command."""

    name: str
    label: str
    help: str
    """Where it is found or what it has to be: a sentence or two."""
    shown: bool = False
    """Whether it may be seen: it opens nothing by itself."""
    many_lines: bool = False
    wrong: Callable[[str], str | None] = _never_wrong
    """What has to be done about a value that can prove no delivery; None for one that may."""


@value
class PlatformSetting:
    """A setting that only sources of one platform have.

    Only the operator's command line sets it, and never the dashboard: an address that Rollbook is
    to call could otherwise lead an organization to servers that are none of its business.
    """

    name: str
    help: str
    """What it is for: a sentence or two."""
    example: str
    checked: Callable[[str], str]
    """The value as it is kept. Raises InvalidInput."""


class SourceKind(Protocol):
    """A platform: what people have to know of it, how its deliveries are proved, what they mean."""

    kind: str
    """The name in `POST /v1/webhooks/{kind}/{source}`, and of its page in docs/sources."""
    title: str
    """What people call it."""
    secret_parts: tuple[SecretPart, ...]
    """What one secret of this platform consists of."""
    steps: str
    """What to do at the platform with what `to_paste` gives."""
    settings: tuple[PlatformSetting, ...]
    """The settings of its sources beside `TRANSLATION_SETTINGS`."""
    presences: Rules
    """How its presences behave; `lasts` and `left_out` are for the organization to say."""
    paths_below: bool
    """Whether it delivers to paths below its webhook's address, and tells what they say in the body."""

    def to_paste(self, address: str, shown: Mapping[str, str]) -> str:
        """The text for the platform's configuration. `shown`: parts of a secret that may be seen."""
        ...

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        """Raises BadSignature unless one of the secrets proves the raw request. `now` in ms."""
        ...

    def handshake(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> bytes | None:
        """The JSON answer to a platform's test of the address; None for a normal delivery.

        Asked before `verify`, since not every platform signs its test; where one does, this
        raises BadSignature itself. A test is answered and leaves nothing behind.
        """
        ...

    def translate(
        self, request: WebhookRequest, settings: TranslationSettings, now: int
    ) -> Sequence[Delivery]:
        """The events in a verified request. Raises UnreadableDelivery.

        `now` stands for a time that an event does not tell.
        """
        ...

    def facts(
        self, event: Mapping[str, object], settings: TranslationSettings, now: int
    ) -> tuple[Fact, ...]:
        """What one event means. From a stored payload and the time it arrived, the same as then."""
        ...


# --- upkeep ----------------------------------------------------------------------------------


class PlatformUnavailable(RollbookError):
    """A platform did not say who is in its rooms. The message says why, without secrets."""


@value
class ListedPerson:
    """Somebody whom a platform lists, as a join that it never told, and in its own words."""

    joined: Joined
    told: Mapping[str, object]


class Listing(Protocol):
    """Everybody whom a platform lists at one time."""

    @property
    def presence_ids(self) -> Collection[str]:
        """All presences, whatever they are: none of them is over."""
        ...

    def person(self, presence_id: str, now: int) -> ListedPerson | None:
        """Who a listed presence is; None where it is nobody who counts, or not there yet."""
        ...


class PlatformRooms(Protocol):
    """Asks a platform who is in its rooms."""

    async def listing(self, source: Source, server_url: str) -> Listing:
        """Everybody in every room. Raises PlatformUnavailable rather than tell a part."""
        ...


PATH_SETTINGS = ("uid_paths", "role_paths", "ip_paths", "title_paths")

LEAVING_OUT_SETTINGS = ("leave_out_names", "leave_out_ids")
"""The settings that every source has, one of our own as well."""

TRANSLATION_SETTINGS = ("default_role", *PATH_SETTINGS, "role_names")
"""The settings that sources of every platform have besides."""


_ALONE = Rules()


def presences_of(source: Source, kind: SourceKind | None = None) -> Rules:
    """How the presences of a source behave: what its platform says, and who is left out."""
    usual = kind.presences if kind else _ALONE
    if source.settings.keys().isdisjoint(LEAVING_OUT_SETTINGS):
        return usual  # of nearly all sources, and asked with every event
    names, ids = (tuple(map(str, _listed(source.settings.get(s)))) for s in LEAVING_OUT_SETTINGS)
    return replace(usual, left_out=LeftOut(names, ids))


def translation_settings(source: Source) -> TranslationSettings:
    """A source's settings, from their JSON form."""
    told = source.settings
    paths = {name: tuple(map(str, _listed(told.get(name)))) for name in PATH_SETTINGS}
    words = told.get("role_names")
    names = words if isinstance(words, dict) else {}
    return TranslationSettings(
        default_role=_role(told.get("default_role", Role.STUDENT)),
        role_names={str(word).lower(): _role(said) for word, said in names.items()},
        guests_by_name=told.get("guests") == "name",
        **paths,
    )


def _role(told: object) -> Role:
    checked = role(str(told), "role")
    return Role.STUDENT if checked is None else checked


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
