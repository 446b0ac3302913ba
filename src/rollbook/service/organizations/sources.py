"""Sources: adding and changing them, and finding the one that a delivery names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rollbook.domain.audit import Action
from rollbook.domain.errors import InvalidInput, NotFound
from rollbook.domain.ids import OrgId
from rollbook.domain.sources import (
    OwnKind,
    Source,
    new_source_id,
    org_id_of_source,
    own_source_id,
)
from rollbook.domain.values import value
from rollbook.service.memory import Memory
from rollbook.service.organizations.ports import OrganizationChange, Organizations, SourceHealth
from rollbook.service.platforms import (
    LEAVING_OUT_SETTINGS,
    PATH_SETTINGS,
    TRANSLATION_SETTINGS,
    SourceKind,
    translation_settings,
)

MOST_PATHS, MOST_STEPS = 8, 8
"""How many paths a setting may have, and how many steps one of them."""

_NO_SUCH_SOURCE = "There is no such source"

_OWN_NAMES = {
    OwnKind.IMPORT: "imported files",
    OwnKind.EVENTS: "own events",
    OwnKind.CORRECTIONS: "corrections",
}


async def ensure_source(
    organizations: Organizations, org_id: OrgId, kind: OwnKind, name: str | None, now: int
) -> Source:
    """The one source of a kind of our own, made where it is missing."""
    source = own_source(org_id, kind, name, now)
    async with organizations.changing(org_id) as change:
        if await change.add_source(source):
            await change.note(Action.SOURCE_ADDED, _named(source))
        # With the settings that it has got, if it was there.
        return await change.source(source.source_id) or source


def own_source(org_id: OrgId, kind: OwnKind, name: str | None, now: int) -> Source:
    """The same, whether it was made or not."""
    return Source(org_id, own_source_id(org_id, kind), kind, name or _OWN_NAMES[kind], now)


@value
class SourceState:
    """A source and how it is doing."""

    source: Source
    health: SourceHealth


async def add_platform_source(
    organizations: Organizations, wanted: Source, kind: SourceKind, secret: Mapping[str, str]
) -> Source:
    """Add a source of a platform with its first secret; answers it with its id.

    Raises InvalidInput as `checked_secret` and `configure` do.
    """
    source = replace(
        wanted,
        source_id=new_source_id(wanted.org_id),
        secrets=(checked_secret(kind, secret),),
        settings=_checked_settings(kind, wanted.settings),
    )
    async with organizations.changing(source.org_id) as change:
        await change.add_source(source)
        await change.note(Action.SOURCE_ADDED, _named(source))
    return source


def _named(source: Source) -> str:
    return f"source {source.source_id}"


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
    """Let a new secret prove deliveries, beside the ones before or in their place.

    Raises SecretKeyMissing where those before cannot be read, and are not to be dropped.
    """
    checked = checked_secret(kind, secret)
    async with organizations.changing(source.org_id) as change:
        current = await _current(change, source)
        before = () if drop_old else current.proving()
        rotated = replace(current, secrets=(checked, *before), why_no_secrets="")
        await change.set_secrets(rotated)
        await change.note(Action.SECRET_ROTATED, _named(source))
    return rotated


async def configure(
    organizations: Organizations,
    source: Source,
    kind: SourceKind | None,
    changes: Mapping[str, object],
) -> Source:
    """Change settings of a source; a value of None takes one away. Raises InvalidInput.

    `kind` None: a source of our own.
    """
    checked = _checked_settings(kind, changes)
    async with organizations.changing(source.org_id) as change:
        current = await _current(change, source)
        merged = {**current.settings, **checked}
        configured = replace(current, settings={k: v for k, v in merged.items() if v is not None})
        translation_settings(configured)
        await change.set_settings(configured)
        await change.note(Action.SOURCE_CHANGED, _named(source))
    return configured


async def set_disabled(
    organizations: Organizations, source: Source, disabled_at: int | None
) -> None:
    """Stop taking events from a source, or take them again; services follow within seconds."""
    async with organizations.changing(source.org_id) as change:
        await change.set_disabled(replace(source, disabled_at=disabled_at))
        how = "taken up again" if disabled_at is None else "paused"
        await change.note(Action.SOURCE_CHANGED, f"{_named(source)}, {how}")


async def _current(change: OrganizationChange, source: Source) -> Source:
    """The source as it is now: somebody may have changed it since it was looked up."""
    current = await change.source(source.source_id)
    if current is None:
        raise NotFound(_NO_SUCH_SOURCE)
    return current


async def source_states(organizations: Organizations, org_id: str) -> list[SourceState]:
    """Every source of an organization and how it is doing."""
    health = {one.source_id: one for one in await organizations.source_health(org_id)}
    return [
        SourceState(source, health.get(source.source_id) or SourceHealth(source.source_id))
        for source in await organizations.sources(org_id)
    ]


def checked_secret(kind: SourceKind, secret: Mapping[str, str]) -> dict[str, str]:
    """A secret with just the parts that the platform's consist of.

    Raises InvalidInput where one is missing, or is of a form that could never prove a delivery.
    """
    for part in kind.secret_parts:
        if not secret.get(part.name, "").strip():
            option = "--" + part.name.replace("_", "-")
            raise InvalidInput(f"{option} is required for {kind.kind}", field=part.name)
        wrong = part.wrong(secret[part.name].strip())
        if wrong is not None:
            raise InvalidInput(wrong, field=part.name)
    return {part.name: secret[part.name].strip() for part in kind.secret_parts}


def _checked_settings(kind: SourceKind | None, settings: Mapping[str, object]) -> dict[str, object]:
    """Settings as they are kept. Raises InvalidInput for one that the source cannot have."""
    checks = {setting.name: setting.checked for setting in kind.settings} if kind else {}
    names = (*(TRANSLATION_SETTINGS if kind else ()), *LEAVING_OUT_SETTINGS, *checks)
    for name, told in settings.items():
        if name not in names:
            whose = kind.kind if kind else "such a source"
            message = f"a setting is NAME=VALUE, for {whose} NAME is one of {', '.join(names)}"
            raise InvalidInput(message, field=name)
        if name in LEAVING_OUT_SETTINGS and isinstance(told, list):
            _require_narrow(name, told)
        if name in PATH_SETTINGS and isinstance(told, list):
            _require_short(name, told)
    return {
        name: checks[name](told) if name in checks and isinstance(told, str) else told
        for name, told in settings.items()
    }


def _require_short(name: str, paths: Sequence[object]) -> None:
    """Raises InvalidInput where paths would take long to follow through an event made for it.

    A path can be parted in as many ways as it has dots, and more with each of them.
    """
    longest = max((str(path).count(".") + 1 for path in paths), default=0)
    if len(paths) > MOST_PATHS or longest > MOST_STEPS:
        message = f"{name} must be at most {MOST_PATHS} paths of at most {MOST_STEPS} steps each"
        raise InvalidInput(message, field=name)


def _require_narrow(name: str, patterns: Iterable[object]) -> None:
    """Raises InvalidInput for a pattern that fits everybody, or nobody for want of a text."""
    for pattern in patterns:
        if not str(pattern).strip("*? "):
            message = f"{name} has a pattern without any letter, which would leave out everybody"
            raise InvalidInput(message, field=name)


def webhook_path(source: Source) -> str:
    """Where the events of a source are delivered to."""
    if source.kind == OwnKind.EVENTS:
        return "/v1/events"
    return f"/v1/webhooks/{source.kind}/{source.source_id}"


def to_paste(kind: SourceKind, source: Source, base: str) -> str:
    """The text for the platform's configuration; `base` is where this service is reached."""
    newest = source.secrets[0] if source.secrets else {}
    shown = {part.name for part in kind.secret_parts if part.shown} & newest.keys()
    return kind.to_paste(base + webhook_path(source), {name: newest[name] for name in shown})


class KnownSources:
    """Finds the source that an address names, remembered for two seconds."""

    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations
        self._by_id: Memory[str, Source] = Memory()
        self._own: Memory[str, Source] = Memory()

    async def own_events(self, org_id: OrgId, now: int) -> Source:
        """The source of an organization's events of our own form, made with the first of them.

        Raises NotFound while it is disabled.
        """
        source = self._own.get(org_id, now)
        if source is None:
            known = await self.own_events_if_any(org_id)
            source = self._own.keep(org_id, known or await self._made(org_id, now), now)
        if source.disabled_at is not None:
            raise NotFound("The source of these events is disabled")
        return source

    async def own_events_if_any(self, org_id: OrgId) -> Source | None:
        """The same source, where it was made already."""
        source_id = own_source_id(org_id, OwnKind.EVENTS)
        return await self._organizations.source(org_id, source_id)

    async def _made(self, org_id: OrgId, now: int) -> Source:
        return await ensure_source(self._organizations, org_id, OwnKind.EVENTS, None, now)

    async def source(self, kind: str, source_id: str, now: int) -> Source:
        """The source, if it is of this kind and not disabled. Raises NotFound."""
        source = self._by_id.get(source_id, now)
        if source is None:
            source = self._by_id.keep(source_id, await self._look_up(source_id), now)
        if source.kind != kind or source.disabled_at is not None:
            raise NotFound(_NO_SUCH_SOURCE)
        return source

    async def _look_up(self, source_id: str) -> Source:
        org_id = org_id_of_source(source_id)
        source = await self._organizations.source(org_id, source_id) if org_id else None
        if source is None:
            raise NotFound(_NO_SUCH_SOURCE)
        return source
