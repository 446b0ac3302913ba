"""What the stores need of a database driver."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from pathlib import Path
from typing import Any, Literal, Protocol

from rollbook.domain.values import value
from rollbook.store.engine.statements import Dialect

Row = Sequence[Any]


Values = Mapping[str, object]


STREAM_BATCH = 500
"""Rows of a stream that are asked for at once."""

Lane = Literal["pages", "exports", "background"]
"""For whom is read for long: for somebody who waits for a page, for somebody who takes away all
that there is, or for upkeep. None of them can take the connections of another."""


PATIENT_SECONDS = 8.0
"""How long work waits for others that nobody else waits for: imports, rebuilding. Less than a
statement may take."""


class Reading(Protocol):
    """A connection that reads, for as long as its context lasts. Statements are called by name."""

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]: ...


class Snapshot(Reading, Protocol):
    """A connection that reads from one unchanging state."""

    def stream(self, statement: str, values: Values) -> AsyncGenerator[Sequence[Row], None]:
        """Batches of rows, with turns for others between them."""
        ...


class Writing(Reading, Protocol):
    """A connection in a transaction that writes."""

    async def execute(self, statement: str, values: Values) -> int:
        """Run a statement that changes rows; answers how many."""
        ...

    async def execute_many(self, statement: str, values: Iterable[Values]) -> None:
        """Run a statement for each of these.

        Of an INSERT that says what its rows are, all go together, and only before a statement that
        names the table, or the commit: what is wrong with one of them is raised there. No two of
        them may mean the same row.
        """
        ...

    async def run_script(self, sql: str) -> None:
        """Run several statements without parameters."""
        ...


Key = Sequence[object]
"""The values of a row's primary key."""


@value
class Table:
    """A table as it stands in a database, whatever it is for.

    Its columns by name, those of its primary key in their order, which other tables its rows name
    rows of, and why it cannot be moved, where it cannot.
    """

    name: str
    columns: Sequence[str]
    key: Sequence[str]
    refers_to: frozenset[str]
    unmovable: str | None


class Bulk(Protocol):
    """A connection for moving whole tables. Values are the domain's: instants are ms UTC."""

    async def tables(self) -> Sequence[Table]:
        """All tables that there are, by name."""
        ...

    async def count(self, table: Table) -> int: ...

    async def last_key(self, table: Table) -> Key | None:
        """The greatest key, byte by byte; None where the table is empty."""
        ...

    def rows(self, table: Table, after: Key | None = None) -> AsyncGenerator[Sequence[Row], None]:
        """Rows in the order of their keys, those with a greater one than `after`, in batches.

        The values stand in the order of the table's columns. Raises Conflict for a value that the
        domain does not have, such as an instant between two milliseconds.
        """
        ...

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, all of them or none. They are durable once anything else was written.

        Raises Conflict where one does not fit.
        """
        ...


Accept = Callable[["Database"], Awaitable[None]]
"""Looks at a database that is not open yet; raises where it must not be used."""


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


@value
class Footprint:
    """What a database takes up: bytes of its files and free beside them, where they are our own.

    Of each pool of connections of this process: how many are lent, and how many may be at most.
    """

    files: Mapping[str, int] = field(default_factory=dict)
    free_bytes: int | None = None
    connections: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@value
class Distribution:
    """How tables are spread over machines: which ones were before, which newly, and which stay here."""

    nodes: Sequence[str]
    before: Sequence[str]
    newly: Sequence[str]
    local: Sequence[str]


class Readable(Protocol):
    """What is read from. Every failure to reach it is raised as StoreUnavailable."""

    def reading(self) -> AbstractAsyncContextManager[Reading]:
        """For single statements that read."""
        ...

    def snapshot(self, lane: Lane = "background") -> AbstractAsyncContextManager[Snapshot]:
        """For reading several times, or much, from one unchanging state.

        A statement that is under way when its reader is cancelled is ended at once.
        """
        ...


class Database(Readable, Protocol):
    """A database. Every failure to reach it is raised as StoreUnavailable."""

    dialect: Dialect
    made: bool
    """Whether opening it made it: an embedded database that was not there."""

    @property
    def place(self) -> str:
        """Where it is, for people: a whole path, or server and name. Without any password."""
        ...

    def footprint(self) -> Footprint:
        """What it takes up now; asks the file system and this process alone."""
        ...

    async def open(self, *, make: bool = False) -> None:
        """Open it. An embedded database that is not there is made with `make` alone."""
        ...

    async def close(self) -> None: ...

    async def exists(self) -> bool:
        """Whether there is something to open."""
        ...

    async def in_use(self) -> bool:
        """Whether a service or a command has it open. Asked before this process opens it."""
        ...

    async def examine(self, *, thorough: bool) -> Sequence[str]:
        """What is damaged in how the engine keeps it, in words; thorough takes much longer."""
        ...

    def open_to_others(self) -> Sequence[Path]:
        """Files of an embedded database that any user of the system can read, or write to."""
        ...

    async def back_up(self, target: Path) -> None:
        """Write all of it as it is now into a new file, durable and checked, beside whoever writes.

        Raises InvalidInput where the target cannot be written, and of an engine that has its own way.
        """
        ...

    async def restore(self, source: Path, accept: Accept) -> Path | None:
        """Put a backup in the place of this database, which is not open and which nobody has open.

        `accept` looks at the copy first, as a database to open, and raises where it is not right.
        Answers where that is now which was there. Raises Conflict while somebody has it open.
        """
        ...

    async def take_stock(self, org_id: str | None = None) -> None:
        """Let the engine count what it holds, after much was added: its plans depend on it.

        What was added is of this organization, or of any.
        """
        ...

    async def shed_log(self) -> bool:
        """Let the engine's log hold nothing of what is in the ledger, or was; whether it does not.

        Where a reader is in its way, try again later. Of an engine whose log is its server's: True.
        """
        ...

    async def distribute(self, *, only_look: bool = False) -> Distribution:
        """Spread the tables of organizations over the machines of the database, where it has such.

        Those that are spread already stay so. With `only_look` nothing changes. Raises InvalidInput
        where the engine, or this server, cannot.
        """
        ...

    async def is_distributed(self) -> bool:
        """Whether any table is spread over machines."""
        ...

    def writing(self, lock_seconds: float | None = None) -> AbstractAsyncContextManager[Writing]:
        """A transaction: committed and durable at its end, undone if an exception leaves it.

        Raises StoreLocked where another one holds for so long what this one needs; unless that
        is said, for the time that a person or a platform waits.
        """
        ...

    def bulk(self) -> AbstractAsyncContextManager[Bulk]:
        """For moving whole tables in or out, on a connection of its own that nothing limits."""
        ...

    def upgrading(self) -> AbstractAsyncContextManager[Upgrade]:
        """The right to change the schema: of all processes one has it, the others wait."""
        ...
