"""A folder of another machine, reached by SFTP, into which files are handed over.

Promise: only a server whose key is in ``known_hosts`` is spoken to; nothing of the user's own SSH set-up is read; one
connection is kept and made anew after any failure. Needs OpenSSH or any server of SFTP version 3 or later.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import asyncssh

from zhendao.gateway.forward.drop import MOST_READ
from zhendao.gateway.forward.errors import LinkError

TIMEOUT_S: Final = 60.0
_PORT: Final = 22


@dataclass(frozen=True, slots=True)
class Login:
    """Whom we speak to and as whom: keys of servers, our private key, or a password."""

    known_hosts: Path
    key_file: Path | None = None
    password: str | None = None


class SftpFolder:
    """The place at ``url`` (``sftp://user@host:port/folder``, an absolute path); see `drop.Place`."""

    def __init__(self, url: str, login: Login, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._user = parts.hostname or "", parts.port or _PORT, unquote(parts.username or "")
        self._folder = unquote(parts.path).rstrip("/")
        self._login = login
        self._timeout_s = timeout_s
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    async def put(self, name: str, content: bytes) -> None:
        """Write a file; where the server can say so, wait until it is on its disk."""
        async with self._asking() as client, client.open(self._path(name), "wb") as file:
            await file.write(content)
            with suppress(asyncssh.SFTPOpUnsupported):
                await file.fsync()

    async def rename(self, old: str, new: str) -> None:
        """Give it its name."""
        async with self._asking() as client:
            try:
                await client.posix_rename(self._path(old), self._path(new))
            except asyncssh.SFTPOpUnsupported:
                await client.rename(self._path(old), self._path(new))

    async def exists(self, name: str) -> bool:
        """Tell whether it is there; a folder that is away says nothing of its files, so that raises."""
        async with self._asking() as client:
            await client.stat(self._folder or "/")
            return await client.exists(self._path(name))

    async def read(self, name: str) -> bytes | None:
        """Return what is in a file, None where there is none; a folder that is away raises."""
        async with self._asking() as client:
            await client.stat(self._folder or "/")
            if not await client.exists(self._path(name)):
                return None
            async with client.open(self._path(name), "rb") as file:
                content: bytes = await file.read(MOST_READ + 1)
            if len(content) > MOST_READ:
                raise LinkError(f"{self._path(name)} is longer than {MOST_READ} bytes")
            return content

    async def remove(self, name: str) -> None:
        """Take it away."""
        async with self._asking() as client:
            await client.remove(self._path(name))

    async def close(self) -> None:
        """End the connection."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()
            with suppress(asyncssh.Error, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await connection.wait_closed()

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """Give a client; whatever goes wrong is a `LinkError`, and the next time begins with a new connection."""
        try:
            async with asyncio.timeout(self._timeout_s):
                yield await self._opened()
        except (asyncssh.Error, OSError, TimeoutError, ValueError) as error:
            await self.close()
            raise LinkError(f"{self._host}: {type(error).__name__} {error}".strip()) from error
        except asyncio.CancelledError:
            if self._connection is not None:
                self._connection.abort()
            self._connection = self._client = None
            raise

    async def _opened(self) -> asyncssh.SFTPClient:
        if self._client is None:
            self._connection = await asyncssh.connect(
                self._host,
                self._port,
                username=self._user,
                known_hosts=str(self._login.known_hosts),
                client_keys=[str(self._login.key_file)] if self._login.key_file is not None else None,
                password=self._login.password,
                config=None,
                agent_path=None,
                connect_timeout=self._timeout_s,
                keepalive_interval=15,
            )
            self._client = await self._connection.start_sftp_client()
        return self._client
