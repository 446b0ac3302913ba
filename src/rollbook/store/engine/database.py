"""What the stores need of a database driver."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from rollbook.store.engine.statements import Dialect

Row = Sequence[Any]


Values = Mapping[str, object]


STREAM_BATCH = 250
"""Rows per batch of a stream: a millisecond or two of work between turns of other requests."""


PATIENT_SECONDS = 8.0
"""How long work waits for others that nobody else waits for: imports, rebuilding. Less than a
statement may take."""


class Reading(Protocol):
    """A connection that reads, for as long as its context lasts. Statements are called by name."""

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]: ...


class Snapshot(Reading, Protocol):
    """A connection that reads from one unchanging state."""

    def stream(self, statement: str, values: Values) -> AsyncGenerator[Sequence[Row], None]:
        """Batches of rows."""
        ...


class Writing(Reading, Protocol):
    """A connection in a transaction that writes."""

    async def execute(self, statement: str, values: Values) -> int:
        """Run a statement that changes rows; answers how many."""
        ...

    async def execute_many(self, statement: str, values: Iterable[Values]) -> None: ...

    async def run_script(self, sql: str) -> None:
        """Run several statements without parameters."""
        ...


class Upgrade(Protocol):
    """The one upgrade of the schema that is under way, for as long as its context lasts."""

    async def in_transaction(self, work: Callable[[Writing], Awaitable[None]]) -> None:
        """Do this in a transaction; anew where it failed because others had a table in use."""
        ...

    async def alone(self, script: str) -> None:
        """Run each statement outside of any transaction, where the engine has such statements.

        What an earlier run left half done is undone first.
        """
        ...


class Database(Protocol):
    """A database. Every failure to reach it is raised as StoreUnavailable."""

    dialect: Dialect
    made: bool
    """Whether opening it made it: an embedded database that was not there."""

    @property
    def place(self) -> str:
        """Where it is, for people: a whole path, or server and name. Without any password."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def exists(self) -> bool:
        """Whether there is something to open: opening an embedded database makes it."""
        ...

    async def take_stock(self) -> None:
        """Let the engine count what it holds, after much was added: its plans depend on it."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Reading]:
        """For single statements that read."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """For reading several times, or much, from one unchanging state."""
        ...

    def writing(self, lock_seconds: float | None = None) -> AbstractAsyncContextManager[Writing]:
        """A transaction: committed and durable at its end, undone if an exception leaves it.

        Raises StoreLocked where another one holds for so long what this one needs; unless that
        is said, for the time that a person or a platform waits.
        """
        ...

    def upgrading(self) -> AbstractAsyncContextManager[Upgrade]:
        """The right to change the schema: of all processes one has it, the others wait."""
        ...
