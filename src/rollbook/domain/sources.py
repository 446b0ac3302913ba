"""Sources: where the events of an organization come from."""

import re
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from rollbook.domain.errors import SecretKeyMissing
from rollbook.domain.ids import OrgId, random_text
from rollbook.domain.values import value


@value
class Refused:
    """Deliveries of a source that were refused at one moment (ms UTC) for one reason."""

    at: int
    reason: str
    deliveries: int = 1


class OwnKind(StrEnum):
    """The kinds of source that are no platform's. An organization has one of each at most."""

    IMPORT = "import"
    """Imported files. A session in them that has not ended was told so by somebody."""

    EVENTS = "events"
    """Events of our own form."""

    CORRECTIONS = "corrections"
    """What people with the right to it say of sessions of other sources."""


_SOURCE_ID = re.compile(r"([a-z2-7]{10})[a-z2-7]{10}", re.ASCII)


@value
class Source:
    """Where events of an organization come from.

    Any one of `secrets` proves a delivery: there are several while one replaces another.
    `settings` say how the platform's payloads are read, in the words of its JSON form.
    """

    org_id: OrgId
    source_id: str
    kind: str
    name: str
    created_at: int
    secrets: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)
    disabled_at: int | None = None
    why_no_secrets: str = ""
    """Why its secrets cannot be read, where they cannot: it has some, and `secrets` none."""

    def proving(self) -> tuple[Mapping[str, str], ...]:
        """Its secrets. Raises SecretKeyMissing where they cannot be read."""
        if self.why_no_secrets:
            raise SecretKeyMissing(
                f"the secrets of source {self.source_id} cannot be read: {self.why_no_secrets}"
            )
        return self.secrets


def own_source_id(org_id: OrgId, kind: OwnKind) -> str:
    """The id of the one source of its kind, made of what it is: whoever makes it makes the same."""
    return org_id + kind


def new_source_id(org_id: OrgId) -> str:
    """A fresh source id. It starts with the organization's id, so that a webhook finds its way."""
    return org_id + random_text(10)


def org_id_of_source(source_id: str) -> OrgId | None:
    """The organization that a source id belongs to; None where it is not in the form of one."""
    match = _SOURCE_ID.fullmatch(source_id)
    return OrgId(match.group(1)) if match else None
