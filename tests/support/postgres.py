"""Statements on a PostgreSQL server, past every pool."""

import asyncpg


async def execute(url: str, *statements: str) -> None:
    """Run some statements, each by itself."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
