"""What the stores need of a database driver."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from rollbook.store.engine.statements import Dialect

Row = Sequence[Any]


Values = Mapping[str, object]


STREAM_BATCH = 250
"""Rows per batch of a stream: a millisecond or two of work between turns of other requests."""


class Connection(Protocol):
    """A connection for as long as its context lasts. Statements are called by their name."""

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]: ...

    def stream(self, statement: str, values: Values) -> AsyncGenerator[Sequence[Row], None]:
        """Batches of rows; only inside a snapshot."""
        ...

    async def execute(self, statement: str, values: Values) -> int:
        """Run a statement that changes rows; answers how many."""
        ...

    async def execute_many(self, statement: str, values: Iterable[Values]) -> None: ...

    async def run_script(self, sql: str) -> None:
        """Run several statements without parameters, inside the open transaction."""
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

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """For single statements that read."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Connection]:
        """For reading several times, or much, from one unchanging state."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction: committed and durable at its end, undone if an exception leaves it."""
        ...
