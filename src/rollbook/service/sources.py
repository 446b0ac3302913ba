"""Sources: adding them, finding the one that a delivery names, taking in what it brings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rollbook.domain.errors import InvalidInput, NotFound
from rollbook.domain.events import Role
from rollbook.domain.fields import role
from rollbook.domain.organizations import Source, new_source_id, org_id_of_source
from rollbook.service.group_commit import GroupCommit
from rollbook.service.ingest import Arrival, Rejection
from rollbook.service.organizations import ensure_source
from rollbook.service.ports import Organizations, SourceHealth
from rollbook.service.source_ports import (
    BadSignature,
    Delivery,
    SourceKind,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)

_NO_SUCH_SOURCE = "There is no such source"
OWN_EVENTS = "events"
"""The kind of the source of events of our own form; an organization has one of it at most."""

_FRESH_MS = 2_000
_MOST_REMEMBERED = 10_000
_PATH_SETTINGS = ("role_paths", "ip_paths", "title_paths")


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source and how it is doing."""

    source: Source
    health: SourceHealth


async def add_platform_source(
    organizations: Organizations, wanted: Source, kind: SourceKind, secret: Mapping[str, str]
) -> Source:
    """Add a source of a platform with its first secret; answers it with its id.

    Raises InvalidInput for a secret that lacks a part.
    """
    source_id, secrets = new_source_id(wanted.org_id), (checked_secret(kind, secret),)
    source = replace(wanted, source_id=source_id, secrets=secrets)
    await organizations.add_source(source)
    return source


async def source_named(organizations: Organizations, org_id: str, source_id: str) -> Source:
    """A source of an organization. Raises NotFound."""
    source = await organizations.source(org_id, source_id)
    if source is None:
        raise NotFound("there is no such source; see `rollbook source list`")
    return source


async def rotate_secret(
    organizations: Organizations,
    source: Source,
    kind: SourceKind,
    secret: Mapping[str, str],
    *,
    drop_old: bool,
) -> Source:
    """Let a new secret prove deliveries, beside the ones before or in their place."""
    old = () if drop_old else source.secrets
    rotated = replace(source, secrets=(checked_secret(kind, secret), *old))
    await organizations.set_secrets(rotated)
    return rotated


async def configure(
    organizations: Organizations, source: Source, changes: Mapping[str, object]
) -> Source:
    """Change settings of a source; a value of None takes one away. Raises InvalidInput."""
    merged = {**source.settings, **changes}
    configured = replace(source, settings={k: v for k, v in merged.items() if v is not None})
    translation_settings(configured)
    await organizations.set_settings(configured)
    return configured


async def set_disabled(
    organizations: Organizations, source: Source, disabled_at: int | None
) -> None:
    """Stop taking events from a source, or take them again; services follow within seconds."""
    await organizations.set_disabled(replace(source, disabled_at=disabled_at))


def verified(
    source: Source, kind: SourceKind, request: WebhookRequest, now: int
) -> Sequence[Delivery]:
    """What a delivery brings, if a secret of its source proves it; records nothing.

    Raises BadSignature and UnreadableDelivery.
    """
    kind.verify(request, source.secrets, now)
    # A default is no telling: it is kept apart, so that it never hides what somebody did tell.
    settings = replace(translation_settings(source), default_role=None)
    return kind.translate(request, settings, now)


async def source_states(organizations: Organizations, org_id: str) -> list[SourceState]:
    """Every source of an organization and how it is doing."""
    health = {one.source_id: one for one in await organizations.source_health(org_id)}
    return [
        SourceState(source, health.get(source.source_id) or SourceHealth(source.source_id))
        for source in await organizations.sources(org_id)
    ]


def checked_secret(kind: SourceKind, secret: Mapping[str, str]) -> dict[str, str]:
    """A secret with just the parts that the platform's consist of. Raises InvalidInput."""
    for part in kind.secret_fields:
        if not secret.get(part, "").strip():
            option = "--" + part.replace("_", "-")
            raise InvalidInput(f"{option} is required for {kind.kind}", field=part)
    return {part: secret[part].strip() for part in kind.secret_fields}


def translation_settings(source: Source) -> TranslationSettings:
    """A source's settings, from their JSON form."""
    told = source.settings
    paths = {name: tuple(map(str, _listed(told.get(name)))) for name in _PATH_SETTINGS}
    words = told.get("role_names")
    names = words if isinstance(words, dict) else {}
    return TranslationSettings(
        default_role=_role(told.get("default_role", Role.STUDENT)),
        role_names={str(word).lower(): _role(said) for word, said in names.items()},
        **paths,
    )


def _role(told: object) -> Role:
    checked = role(str(told), "role")
    return Role.STUDENT if checked is None else checked


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


class KnownSources:
    """Finds the source that an address names, remembered for two seconds."""

    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations
        self._remembered: dict[str, tuple[int, Source]] = {}
        self._own: dict[str, tuple[int, Source]] = {}

    async def own_events(self, org_id: str, now: int) -> Source:
        """The source of an organization's events of our own form, made with the first of them.

        Raises NotFound while it is disabled.
        """
        remembered = self._own.get(org_id)
        if remembered is None or not 0 <= now - remembered[0] < _FRESH_MS:
            known = await self._organizations.source(org_id, org_id + OWN_EVENTS)
            remembered = (now, known or await self._made(org_id, now))
            if len(self._own) >= _MOST_REMEMBERED:
                self._own.clear()
            self._own[org_id] = remembered
        if remembered[1].disabled_at is not None:
            raise NotFound("The source of these events is disabled")
        return remembered[1]

    async def own_events_if_any(self, org_id: str) -> Source | None:
        """The same source, where it was made already."""
        return await self._organizations.source(org_id, org_id + OWN_EVENTS)

    async def _made(self, org_id: str, now: int) -> Source:
        return await ensure_source(self._organizations, org_id, OWN_EVENTS, "own events", now)

    async def source(self, kind: str, source_id: str, now: int) -> Source:
        """The source, if it is of this kind and not disabled. Raises NotFound."""
        remembered = self._remembered.get(source_id)
        if remembered is None or not 0 <= now - remembered[0] < _FRESH_MS:
            remembered = (now, await self._look_up(source_id))
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[source_id] = remembered
        source = remembered[1]
        if source.kind != kind or source.disabled_at is not None:
            raise NotFound(_NO_SUCH_SOURCE)
        return source

    async def _look_up(self, source_id: str) -> Source:
        org_id = org_id_of_source(source_id)
        source = await self._organizations.source(org_id, source_id) if org_id else None
        if source is None:
            raise NotFound(_NO_SUCH_SOURCE)
        return source


async def take_in(
    group: GroupCommit, kind: SourceKind, source: Source, request: WebhookRequest, now: int
) -> bytes | None:
    """Verify, translate and record a delivery; durable when this returns.

    Answers what a platform's test of the address wants to hear, None for a real delivery.
    Raises BadSignature and UnreadableDelivery, both counted for the source, StoreUnavailable.
    """
    try:
        answer = kind.handshake(request, source.secrets, now)
        if answer is not None:
            return answer
        deliveries = verified(source, kind, request, now)
    except (BadSignature, UnreadableDelivery) as error:
        group.reject(Rejection(source, error.message, now))
        raise
    default_role = translation_settings(source).default_role
    once = kind.one_presence_per_person
    await group.record(Arrival(source, deliveries, now, once, default_role))
    return None
