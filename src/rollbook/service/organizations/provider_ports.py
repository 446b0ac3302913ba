"""What signing in through a provider needs: of who asks it, and of a store."""

from collections.abc import Mapping
from typing import Protocol

from rollbook.domain.errors import RollbookError, Unauthorized
from rollbook.domain.providers import Challenge, Identity, Provider


class ProviderUnavailable(RollbookError):
    """A provider cannot be asked, or answers what makes no sense. `status` is what it answered, if any."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class AnswerRefused(Unauthorized):
    """What came back from a provider is not an answer to what this browser asked, or not a right one."""


class Asked(Protocol):
    """Asks providers, as OpenID Connect wants it. Instants in milliseconds UTC."""

    def challenge(self) -> Challenge:
        """A fresh one."""
        ...

    async def issuer(self, issuer: str) -> str:
        """What the provider at this address calls itself. Raises ProviderUnavailable."""
        ...

    async def way_in(
        self, provider: Provider, challenge: Challenge, back: str, *, anew: bool, email: str
    ) -> str:
        """The address at which somebody signs in. With `anew` they have to show who they are again.

        `back` is where they come back to. Raises ProviderUnavailable.
        """
        ...

    async def identity(
        self,
        provider: Provider,
        challenge: Challenge,
        back: str,
        answer: Mapping[str, str],
        *,
        anew: bool,
    ) -> Identity:
        """Who came back. Raises AnswerRefused, and ProviderUnavailable."""
        ...

    async def way_out(self, provider: Provider, back: str, token: str) -> str | None:
        """The address at which somebody signs out there too; None where there is none."""
        ...


class Providers(Protocol):
    """The providers of organizations."""

    async def provider(self, org_id: str) -> Provider | None:
        """Raises SecretKeyMissing where its secret cannot be opened."""
        ...


class ProviderChange(Protocol):
    """What is changed of providers, in a change of their organization (ports.OrganizationChange)."""

    async def set_provider(self, provider: Provider | None) -> None:
        """Store that this is the provider now, its secret sealed. Raises SecretKeyMissing."""
        ...

    async def user_of_identity(self, issuer: str, subject: str) -> str | None:
        """The id of the user whom a provider knows by an id."""
        ...

    async def is_bound(self, issuer: str, user_id: str) -> bool:
        """Whether a provider knows a user."""
        ...

    async def bind_identity(self, issuer: str, subject: str, user_id: str) -> None:
        """Let a provider know a user by this id, and by no other."""
        ...

    async def unbind_identities(self, user_id: str) -> None:
        """Let no provider know a user any more."""
        ...
