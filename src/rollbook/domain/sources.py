"""Sources: where the events of an organization come from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rollbook.domain.organizations import random_text


@dataclass(frozen=True, slots=True)
class Refused:
    """Deliveries of a source that were refused at one moment (ms UTC) for one reason."""

    at: int
    reason: str
    deliveries: int = 1


IMPORTED = "import"
"""The kind of imported files. A session in them that has not ended was told so by somebody."""


OWN_EVENTS = "events"
"""The kind of the source of events of our own form; an organization has one of it at most."""


_SOURCE_ID = re.compile(r"([a-z2-7]{10})[a-z2-7]{10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """Where events of an organization come from.

    Any one of `secrets` proves a delivery: there are several while one replaces another.
    `settings` say how the platform's payloads are read, in the words of its JSON form.
    """

    org_id: str
    source_id: str
    kind: str
    name: str
    created_at: int
    secrets: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)
    disabled_at: int | None = None


def new_source_id(org_id: str) -> str:
    """A fresh source id. It starts with the organization's id, so that a webhook finds its way."""
    return org_id + random_text(10)


def org_id_of_source(source_id: str) -> str | None:
    """The organization that a source id belongs to; None for what has not its form."""
    match = _SOURCE_ID.fullmatch(source_id)
    return match.group(1) if match else None
