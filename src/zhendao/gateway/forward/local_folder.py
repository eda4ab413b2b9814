"""A folder of this machine, or one that is mounted, into which files are handed over.

Promise: the folder is never made here: a share that is not mounted is told, and its files do not land on the disk under
it. Files are for their owner and group (0640). A disk that hangs holds up this platform
alone, and not the end of the gateway.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar, cast

from zhendao.gateway.forward.drop import MOST_READ, sync_folder, write_whole
from zhendao.gateway.forward.errors import LinkError

MODE: Final = 0o640
T = TypeVar("T")


class LocalFolder:
    """The place at ``folder``; see `drop.Place`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, content: bytes) -> None:
        """Write a file and wait until it is on the disk."""
        await self._do(lambda: write_whole(self._folder / name, content, MODE))

    async def rename(self, old: str, new: str) -> None:
        """Give it its name."""

        def rename() -> None:
            (self._folder / old).replace(self._folder / new)
            sync_folder(self._folder)

        await self._do(rename)

    async def exists(self, name: str) -> bool:
        """Tell whether it is there; a folder that is away says nothing of its files, so that raises."""

        def look() -> bool:
            self._folder.stat()
            return (self._folder / name).exists()

        return await self._do(look)

    async def read(self, name: str) -> bytes | None:
        """Return what is in a file, None where there is none; a folder that is away raises, and what is no file."""

        def look() -> bytes | None:
            self._folder.stat()
            path = self._folder / name
            if not path.exists():
                return None
            if not path.is_file() or path.stat().st_size > MOST_READ:
                raise LinkError(f"{path} is no file of at most {MOST_READ} bytes")
            return path.read_bytes()

        return await self._do(look)

    async def remove(self, name: str) -> None:
        """Take it away."""
        await self._do((self._folder / name).unlink)

    async def close(self) -> None:
        """Nothing is held."""

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await _apart(work)
        except OSError as error:
            raise LinkError(f"{self._folder}: {error.strerror or error}") from error


async def _apart(work: Callable[[], T]) -> T:
    """Return what ``work`` gives in a thread that nobody waits for at the end: a loop waits for those of its own."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return  # cancelled meanwhile
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(cast("T", result))

    def run() -> None:
        result, problem = None, None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it is told where it is waited for
            problem = error
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits for it any more
            loop.call_soon_threadsafe(tell, result, problem)

    threading.Thread(target=run, name="folder", daemon=True).start()
    return await done
