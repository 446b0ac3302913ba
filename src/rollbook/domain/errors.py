"""Kinds of error. What each means over HTTP or on a terminal is decided elsewhere."""


class RollbookError(Exception):
    """Something Rollbook can explain to the person who asked. Subclasses say what kind.

    `message` is one sentence for that person; it never holds a secret.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(RollbookError):
    """The input breaks a rule. `field` names the part of it that does, where there is one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unauthorized(RollbookError):
    """The caller is not known, or its key no longer opens anything."""

    def __init__(self, message: str = "Unauthorized") -> None:
        super().__init__(message)


class Forbidden(RollbookError):
    """The caller is known, but its key does not give the right to do this."""


class SetupIncomplete(RollbookError):
    """The organization exists but cannot be asked yet. The message says what is missing."""


class NotFound(RollbookError):
    """The thing that was named does not exist for this organization."""


class Conflict(RollbookError):
    """What is asked for does not go together with what is there."""


class TooOften(RollbookError):
    """Who asks has asked too often, or used up what it has. `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreUnavailable(RollbookError):
    """The database cannot be reached or does not answer. Worth trying again.

    `retry_after` is in seconds.
    """

    def __init__(self, message: str = "The database is unavailable", retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreLocked(StoreUnavailable):
    """Somebody else holds what is needed for longer than is waited for; all else can be written."""


class SchemaOutdated(RollbookError):
    """The database holds a schema that does not suit this program."""


class SecretKeyMissing(RollbookError):
    """What is sealed cannot be read, or nothing can be sealed: the key is not here.

    `retry_after` is in seconds: somebody has to bring the key.
    """

    retry_after = 60
