"""The steps from a request to events that are the same on every platform."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

from rollbook.domain.events import Fact
from rollbook.domain.sessions import Rules
from rollbook.domain.values import value
from rollbook.service.platforms import (
    Delivery,
    PlatformSetting,
    SecretPart,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)
from rollbook.sources.common.payloads import (
    JsonObject,
    as_text,
    fingerprint,
    identifier,
    instant,
    read_object,
)

SHORTEST_SECRET = 8
"""Characters of a secret: no platform makes shorter ones."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[!-~]+( +[!-~]+)*", re.ASCII)
_EVERYBODYS = re.compile(
    r"host|date|expect|forwarded|x-forwarded-.*|x-real-ip|via|origin|referer|cookie|user-agent"
    r"|accept(-.*)?|content-.*|connection|keep-alive|te|trailer|transfer-encoding|upgrade"
    r"|x-request-id|traceparent|tracestate|sec-.*"
)
"""Headers that servers, proxies and clients write by themselves: what stands in one proves nothing."""


@value
class Heading:
    """Which event an event is, as the platform wrote it: nothing in here is checked yet.

    `event_id` None: the platform has none, and the event's own content stands for it.
    """

    event_type: object
    event_id: object
    occurred_at: object


def no_secret(name: str, shortest: int = SHORTEST_SECRET) -> Callable[[str], str | None]:
    """What says of a value why it is no secret; a stranger would guess one that is very short."""

    def wrong(value: str) -> str | None:
        if len(value) >= shortest:
            return None
        return f"{name} can be guessed: it must have {shortest} characters or more"

    return wrong


def plain_secret(
    where: str, wrong: Callable[[str], str | None] | None = None
) -> tuple[SecretPart, ...]:
    """A secret of one part; `where` says where the platform shows it."""
    return (SecretPart("secret", "Secret", where, wrong=wrong or no_secret("secret")),)


def header_secret(why: str) -> tuple[SecretPart, ...]:
    """A header with a value, for a platform that does not sign: `signatures.require_header`."""
    return (
        SecretPart("header", "Name of the header", why, shown=True, wrong=_wrong_header),
        SecretPart("value", "Value of the header", "Make up a long one.", wrong=_wrong_value),
    )


def _wrong_header(value: str) -> str | None:
    if not _HEADER_NAME.fullmatch(value):
        return (
            "header is no name of a header: give the name alone, such as X-Rollbook-Secret, without "
            "a colon, and its value as value"
        )
    if _EVERYBODYS.fullmatch(value.lower()):
        return "header is one that everybody sends: take one of your own, such as X-Rollbook-Secret"
    return None


def _wrong_value(value: str) -> str | None:
    if not _HEADER_VALUE.fullmatch(value):
        return "value cannot stand in a header: take letters, digits and signs of ASCII"
    return no_secret("value")(value)


class Platform(ABC):
    """A platform that posts JSON. A subclass says how it signs and what its events mean."""

    kind: str
    title: str
    secret_parts: tuple[SecretPart, ...]
    steps: str
    settings: tuple[PlatformSetting, ...] = ()
    presences = Rules()
    paths_below = False
    varies: frozenset[str] = frozenset()
    """Fields of an event that are others each time that the platform sends it."""

    def to_paste(self, address: str, shown: Mapping[str, str]) -> str:
        return address

    @abstractmethod
    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None: ...

    def handshake(
        self,
        request: WebhookRequest,
        secrets: Sequence[Mapping[str, str]],
        now: int,
    ) -> bytes | None:
        return None

    @abstractmethod
    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading: ...

    @abstractmethod
    def facts(
        self, event: JsonObject, settings: TranslationSettings, now: int
    ) -> tuple[Fact, ...]: ...

    def events(self, request: WebhookRequest) -> Sequence[JsonObject]:
        """The events in a request, cleaned; one on most platforms."""
        return [read_object(request.body)]

    def translate(
        self, request: WebhookRequest, settings: TranslationSettings, now: int
    ) -> Sequence[Delivery]:
        return [self._delivery(event, request, settings, now) for event in self.events(request)]

    def _delivery(
        self, event: JsonObject, request: WebhookRequest, settings: TranslationSettings, now: int
    ) -> Delivery:
        heading = self.heading(event, request)
        event_type = identifier(heading.event_type)
        if event_type is None:
            raise UnreadableDelivery("The event has no type")
        return Delivery(
            event_id=identifier(heading.event_id) or fingerprint(event),
            event_type=event_type,
            occurred_at=instant(heading.occurred_at) or now,
            facts=self.facts(event, settings, now),
            payload=as_text(event),
            compared=self._compared(event),
        )

    def _compared(self, event: JsonObject) -> JsonObject:
        return {key: value for key, value in event.items() if key not in self.varies}
