"""A link that can be cut: a small TCP relay between one terminal and the broker.

Promise: `cut` breaks every connection at once and refuses new ones, as a pulled cable would; `mend` lets them through
again on the same port. Bytes are passed on as they are: TLS is between terminal and broker.
"""

import asyncio
from contextlib import suppress
from typing import Self

CHUNK = 65536


class Relay:
    """One link on a free loopback port. Use as an async context manager."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Break everything and stop listening."""
        self.cut()
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection; refuse new ones until `mend`."""
        self._cut = True
        for writer in tuple(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        """Let new connections through."""
        self._cut = False

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._cut:
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            self._open.add(far_writer)
            try:
                await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer))
            finally:
                self._open.discard(far_writer)
                far_writer.transport.abort()
        except OSError:
            pass  # the broker is not there: the terminal sees its connection break, as it would
        finally:
            self._open.discard(writer)
            writer.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until either side ends; then break the other."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
