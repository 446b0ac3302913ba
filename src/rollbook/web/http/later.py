"""An application that is made beside the answers of another, which need it for nothing."""

import asyncio
from collections.abc import Callable

from litestar.types import ASGIApp, Receive, Scope, Send


class MadeLater:
    """An application that is made on a thread, once: when that is asked for, or by its first request.

    Whoever asks it meanwhile waits until it is made.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._making: asyncio.Task[ASGIApp] | None = None

    async def made(self) -> ASGIApp:
        """The application. Raises what went wrong when it was made."""
        if self._making is None:
            self._making = asyncio.create_task(asyncio.to_thread(self._make))
        # Somebody who does not wait any longer takes it from nobody else.
        return await asyncio.shield(self._making)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = await self.made()
        await application(scope, receive, send)
