"""A ledger moves to another database: every table, row after row in the order of its keys.

Nothing is written to the source meanwhile, which it sees to itself (engine/moves.py), so what is in the
target is right up to its greatest keys: a copy that was cut off goes on from there.
docs/decisions/0039-moving-a-ledger.md.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing

from rollbook.domain.errors import Conflict
from rollbook.domain.ids import random_text
from rollbook.domain.values import value
from rollbook.store.engine import moves, schema
from rollbook.store.engine.database import Bulk, Database, Row, Table
from rollbook.store.engine.moves import MOVE_TABLE, Move

_HISTORY = "schema_migration"
_OF_EACH = {_HISTORY, MOVE_TABLE}
"""What every database has of its own, and tells of nothing but itself."""

Tell = Callable[[str, int, int], None]
"""Called with what is done, how many rows of it are, and how many there are."""


@value
class Copied:
    """What a move came to: rows and tables, and how many of these rows were there before."""

    rows: int
    tables: int
    there_before: int


async def prepare(source: Database, target: Database, now: int) -> Move:
    """Let the source take no writes any more, and the target be filled by this move alone.

    The source is open, the target is not yet, but is from here on. Where the source is in a move to
    this target already, that goes on. Raises Conflict where the target holds anything else.
    """
    move = (await schema.standing(source)).move
    if await source.is_distributed():
        raise Conflict(
            f"{source.place} is distributed, where no trigger can keep writers out of it"
        )
    if await target.in_use():
        raise Conflict(f"{target.place} is in use: stop the service that works on it first")
    await target.open(make=True)
    begun = (await schema.standing(target)).move
    if begun is None:
        await _require_new(move, target)
        await schema.upgrade(target, now)
    elif move is None or begun.side != "to" or begun.move_id != move.move_id:
        raise Conflict(f"{target.place} is in another move: {begun.refusal}")
    fenced = await _same_tables(source, target)
    # The source first: a target that is marked and a source that is not would be strangers.
    if move is None:
        move = Move(random_text(10), "from", target.place, now)
        async with source.upgrading() as run:
            await moves.mark(run, source.dialect, move, fenced)
    if begun is None:
        async with target.upgrading() as run:
            await moves.mark(
                run, target.dialect, Move(move.move_id, "to", source.place, move.begun_at)
            )
    return move


async def copy(source: Database, target: Database, tell: Tell) -> Copied:
    """Copy what the target has not yet. Raises Conflict for a row that does not fit."""
    async with source.bulk() as giving, target.bulk() as taking:
        tables = _parents_first(_moving(await giving.tables()).values())
        totals = {table.name: await giving.count(table) for table in tables}
        every, done, before = sum(totals.values()), 0, 0
        for table in tables:
            after = await taking.last_key(table)
            if after is not None:
                there = await taking.count(table)
                done, before = done + there, before + there
            async with aclosing(giving.rows(table, after)) as batches:
                async for rows in batches:
                    await taking.add(table, rows)
                    done += len(rows)
                    tell("copied", done, every)
    return Copied(every, len(tables), before)


async def compare(source: Database, target: Database, tell: Tell) -> None:
    """Read all that both hold, side by side. Raises Conflict with the first row that differs."""
    async with source.bulk() as one, target.bulk() as other:
        tables = _moving(await one.tables())
        totals = {table.name: await one.count(table) for table in tables.values()}
        done, every = 0, sum(totals.values())
        for table in tables.values():
            there = await other.count(table)
            if there != totals[table.name]:
                raise Conflict(
                    f"{table.name} has {totals[table.name]} rows, and {there} in the copy"
                )
            async for rows in _compared(table, one, other):
                done += rows
                tell("compared", done, every)


async def finish(source: Database, target: Database, move: Move, now: int) -> None:
    """Let services work on the target, and never on the source again by mistake."""
    await target.take_stock()
    await moves.note_done(source, move, now)
    async with target.upgrading() as run:
        await moves.unmark(run, target.dialect)


async def release(source: Database) -> Move:
    """Let the place that a ledger leaves, or left, take writes again. Answers the move.

    Raises Conflict where it is in none, or only holds a part of another ledger.
    """
    move = (await schema.standing(source)).move
    if move is None:
        raise Conflict(f"{source.place} is in no move")
    if move.side == "to":
        raise Conflict(move.refusal)
    async with source.bulk() as bulk:
        names = [table.name for table in await bulk.tables() if table.name != MOVE_TABLE]
    async with source.upgrading() as run:
        await moves.unmark(run, source.dialect, names)
    return move


async def _require_new(move: Move | None, target: Database) -> None:
    """Raises Conflict unless a target that is in no move is empty."""
    if move is not None and move.done_at is not None:
        raise Conflict(move.refusal)
    async with target.bulk() as bulk:
        tables = await bulk.tables()
        if tables and all(table.name != _HISTORY for table in tables):
            raise Conflict(f"{target.place} holds something else: a table {tables[0].name}")
        for table in tables:
            if table.name != _HISTORY and await bulk.last_key(table) is not None:
                raise Conflict(f"{target.place} holds something already: rows of {table.name}")


async def _same_tables(source: Database, target: Database) -> list[str]:
    """The names of all tables of the source. Raises Conflict unless both have the same."""
    async with source.bulk() as one, target.bulk() as other:
        mine, theirs = await one.tables(), await other.tables()
    moving, there = _moving(mine), _moving(theirs)
    for name, table in moving.items():
        if table.unmovable:
            raise Conflict(f"{source.place}: the table {name} {table.unmovable}")
        found = there.get(name)
        if found is None or (found.columns, found.key) != (table.columns, table.key):
            raise Conflict(f"{target.place} has another table {name}, or none")
    if strange := there.keys() - moving.keys():
        raise Conflict(f"{target.place} holds something else: a table {min(strange)}")
    return [table.name for table in mine if table.name != MOVE_TABLE]


def _moving(tables: Sequence[Table]) -> Mapping[str, Table]:
    return {table.name: table for table in tables if table.name not in _OF_EACH}


def _parents_first(tables: Iterable[Table]) -> list[Table]:
    """Tables in an order in which each comes after those that its rows name rows of."""
    waiting, ordered = list(tables), list[Table]()
    while waiting:
        names = {table.name for table in waiting}
        ready = [table for table in waiting if not (table.refers_to - {table.name}) & names]
        if not ready:
            raise Conflict(f"tables that name each other in a circle: {', '.join(sorted(names))}")
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return ordered


async def _compared(table: Table, one: Bulk, other: Bulk) -> AsyncGenerator[int, None]:
    """How many rows of a table are alike, batch by batch. Raises Conflict at one that is not."""
    async with aclosing(one.rows(table)) as mine, aclosing(other.rows(table)) as theirs:
        async for rows in mine:
            # Batches end by what is in them, so those of two that are alike end alike.
            beside = await anext(theirs, ())
            if list(rows) != list(beside):
                raise Conflict(_first_difference(table, rows, beside))
            yield len(rows)


def _first_difference(table: Table, rows: Sequence[Row], beside: Sequence[Row]) -> str:
    places = [table.columns.index(column) for column in table.key]
    for mine, theirs in zip(rows, beside, strict=False):
        if mine != theirs:
            key = ", ".join(str(mine[place]) for place in places)
            return f"the copy differs: {table.name} ({key})"
    return f"the copy differs: {table.name} has other rows"
