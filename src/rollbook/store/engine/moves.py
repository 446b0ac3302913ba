"""A ledger that moves to another database: what says so in both, and what keeps writers out of it.

The table that says so is no part of the schema: it is there only while a ledger moves, and in the
place that it left. Why the database itself keeps writers out: docs/decisions/0039-moving-a-ledger.md.
"""

from collections.abc import Iterable
from typing import Literal

from rollbook.domain.instants import to_text
from rollbook.domain.values import value
from rollbook.store.engine.database import Database, Upgrade, Writing
from rollbook.store.engine.migrations import in_dialect
from rollbook.store.engine.statements import Dialect

MOVE_TABLE = "ledger_move"

Side = Literal["from", "to"]

_TABLE = """
CREATE TABLE ledger_move (
    move_id {{id}} NOT NULL PRIMARY KEY,
    side text NOT NULL CHECK (side IN ('from', 'to')),
    other text NOT NULL,
    begun_at {{instant}} NOT NULL,
    done_at {{instant}}
){{strict}};
"""

_WHY = "it moves to another database"

_FENCE = "ledger_moves"
"""The name of the triggers, and of the function that they call."""

# 57P03, "cannot connect now", is trouble that passes: senders are told to come again. That of a server
# that takes no writes would have services leave all their connections, also those that only read.
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_FENCE}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_WHY}' USING ERRCODE = '57P03'; END $$;
"""


@value
class Move:
    """The move that a database is in: from it, or to it; `other` is the other place, for people.

    Instants in milliseconds UTC; `done_at` is when all of it was at the other place.
    """

    move_id: str
    side: Side
    other: str
    begun_at: int
    done_at: int | None = None

    @property
    def refusal(self) -> str:
        """Why nobody works with the database, and what helps."""
        if self.side == "to":
            return (
                f"this database holds a part of the ledger {self.other}: `rollbook db copy`, called"
                " there again, goes on with it"
            )
        if self.done_at is None:
            return (
                f"this ledger is being copied to {self.other} since {to_text(self.begun_at)}:"
                " `rollbook db copy --to` goes on with it, `rollbook db copy --release` gives it up"
            )
        return (
            f"this ledger was moved to {self.other} at {to_text(self.done_at)}: set"
            " ROLLBOOK_DATABASE_URL to that one; `rollbook db copy --release` uses this one again"
        )


async def mark(run: Upgrade, dialect: Dialect, move: Move, fenced: Iterable[str] = ()) -> None:
    """Note the move in a database, and keep writers out of these tables from now on.

    Whoever writes just now is waited for: what was acknowledged before is there to be copied.
    """
    script = in_dialect(_TABLE, dialect) + _fence(dialect, sorted(fenced))

    async def change(connection: Writing) -> None:
        await connection.run_script(script)
        values = {"move_id": move.move_id, "side": move.side, "other": move.other}
        await connection.execute("begin_move", values | {"begun_at": move.begun_at})

    await run.in_transaction(change)


async def unmark(run: Upgrade, dialect: Dialect, fenced: Iterable[str] = ()) -> None:
    """Forget the move, and let writers in again."""
    script = _unfence(dialect, sorted(fenced)) + f"DROP TABLE {MOVE_TABLE};\n"
    await run.in_transaction(lambda connection: connection.run_script(script))


async def note_done(database: Database, move: Move, now: int) -> None:
    """Note in the place that a ledger leaves that all of it is at the other one."""
    async with database.writing() as connection:
        await connection.execute("end_move", {"move_id": move.move_id, "done_at": now})


def _fence(dialect: Dialect, tables: list[str]) -> str:
    if not tables:
        return ""
    if dialect == "sqlite":
        return "".join(
            f'CREATE TRIGGER {_trigger(table, change)} BEFORE {change} ON "{table}"'
            f" BEGIN SELECT RAISE(ABORT, '{_WHY}'); END;\n"
            for table in tables
            for change in ("INSERT", "UPDATE", "DELETE")
        )
    # All at once, and before anything else: one table after another, writers would meet half a fence.
    every = ", ".join(f'"{table}"' for table in tables)
    return f"LOCK TABLE {every} IN SHARE ROW EXCLUSIVE MODE;\n{_FUNCTION}" + "".join(
        f"CREATE TRIGGER {_FENCE} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE"
        f' ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION {_FENCE}();\n'
        for table in tables
    )


def _unfence(dialect: Dialect, tables: list[str]) -> str:
    if not tables:
        return ""
    if dialect == "sqlite":
        return "".join(
            f"DROP TRIGGER IF EXISTS {_trigger(table, change)};\n"
            for table in tables
            for change in ("INSERT", "UPDATE", "DELETE")
        )
    drops = "".join(f'DROP TRIGGER IF EXISTS {_FENCE} ON "{table}";\n' for table in tables)
    return f"{drops}DROP FUNCTION IF EXISTS {_FENCE}();\n"


def _trigger(table: str, change: str) -> str:
    return f'"{_FENCE}_{table}_{change.lower()}"'
