"""A link that can fail: a small TCP relay before the broker.

Promise: `cut` breaks every connection at once and refuses new ones, as a pulled cable would; after `swallow` it is half
open: connections stand, are taken, and no byte gets through in either direction. `mend` lets bytes through again on the
same port; what was half open is broken then. Bytes are passed on as they are: TLS is between the two ends.
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
        self._whole = asyncio.Event()
        self._whole.set()
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
        self._whole.set()
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection; refuse new ones until `mend`."""
        self._cut = True
        self._break()

    def swallow(self) -> None:
        """Let nothing through until `mend`, and let nobody see it."""
        self._whole.clear()

    def mend(self) -> None:
        """Let new connections through."""
        if not self._whole.is_set():
            self._break()
        self._cut = False
        self._whole.set()

    def _break(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if not self._whole.is_set():
                await self._whole.wait()
                return
            if self._cut:
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            self._open.add(far_writer)
            try:
                await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
            finally:
                self._open.discard(far_writer)
                far_writer.transport.abort()
        except OSError:
            pass  # the broker is not there: the terminal sees its connection break, as it would
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on until either side ends; then break the other."""
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self._whole.is_set():
                    writer.write(data)
                    await writer.drain()
        await self._whole.wait()  # over a half-open link nobody hears that the other end has gone
        writer.transport.abort()
