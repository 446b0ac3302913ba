"""Whom an organization lets say who somebody is: a provider of OpenID Connect, and what it answers."""

import re
from collections.abc import Collection, Mapping
from dataclasses import field

from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.domain.rights import UserRole
from rollbook.domain.values import value

_LONGEST_ISSUER = 200
_ISSUER = r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:/[^\s?#@\\\x00-\x1f\x7f-\U0010ffff]*)?"
"""Compiled with the first issuer that somebody names: that takes Python 4 ms."""


@value
class RoleClaim:
    """The claim that says what somebody may do, and by which of its values each role is given."""

    name: str
    values: Mapping[UserRole, str]

    def role_of(self, told: Collection[str]) -> UserRole | None:
        """The role that the values of somebody's claim give, the one of most rights first."""
        return next((role for role in UserRole if self.values.get(role) in told), None)


@value
class Provider:
    """One provider, as an organization is known to it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    role_claim: RoleClaim | None = None


@value
class Challenge:
    """What an answer of a provider must fit, as only the browser that asked holds it."""

    state: str
    nonce: str
    verifier: str


@value
class Identity:
    """Who somebody is, as their provider says. `roles` are the values of the claim of roles."""

    subject: str
    email: str
    email_verified: bool
    roles: frozenset[str]
    token: str = field(repr=False)
    """What it was read from, to sign out with."""


def checked_provider(
    issuer: str, client_id: str, client_secret: str, role_claim: RoleClaim | None = None
) -> Provider:
    """A provider out of what somebody typed. Raises InvalidInput.

    Whether its address may be asked is for who asks it: https, and not within the own network.
    """
    return Provider(
        _checked_issuer(issuer.strip()),
        _short(client_id, "clientId", "the client id"),
        _short(client_secret, "clientSecret", "the client secret"),
        role_claim,
    )


def checked_role_claim(name: str, values: Mapping[UserRole, str]) -> RoleClaim | None:
    """A claim and its values by roles; None where no claim is named. Raises InvalidInput."""
    given = {role: value.strip() for role, value in values.items() if value.strip()}
    name = name.strip()
    if not name and not given:
        return None
    if not name or not given:
        raise InvalidInput(
            "Name the claim that tells roles, and at least one of its values; or leave all of it empty",
            field="roleClaim",
        )
    if len(set(given.values())) < len(given):
        raise InvalidInput("Each value of the claim gives one role", field="roleClaim")
    for one in (name, *given.values()):
        identifier(one, "roleClaim")
    return RoleClaim(name, given)


def _checked_issuer(issuer: str) -> str:
    if len(issuer) > _LONGEST_ISSUER or not re.fullmatch(_ISSUER, issuer, re.ASCII | re.IGNORECASE):
        raise InvalidInput(
            "issuer must be the address of the provider, as https://accounts.school.example, without"
            " ? and #; your provider calls it issuer, or authority",
            field="issuer",
        )
    return issuer


def _short(text: str, field_name: str, called: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= 500 or not text.isascii() or not text.isprintable():
        raise InvalidInput(
            f"{called} must be what the provider shows, of 1 to 500 characters", field=field_name
        )
    return text
