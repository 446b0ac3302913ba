"""Work in a thread, which is over when it is left."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_a_thread(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What work comes to, while the event loop serves others.

    No thread can be stopped. So whoever is cancelled meanwhile goes on when it has finished, and may
    then close what it worked on.
    """
    doing = asyncio.ensure_future(asyncio.to_thread(work, *arguments, **named))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        doing.exception()  # seen: nobody is there to be told of it
        raise
