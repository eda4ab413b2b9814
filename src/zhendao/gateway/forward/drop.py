"""Files handed over (文件交换): each batch is a file that appears whole in a folder, here or on another machine.

Promise: each record is in one file only, whatever is cut or killed in between: what is about to appear is written down
beside the keys before it does, and what appeared is known by its part file being gone. Whoever fetches files may take
them away at any moment, and leaves those ending in ``.part`` alone.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from zhendao.gateway.forward.errors import DropBookError
from zhendao.gateway.forward.forms import FORMS
from zhendao.gateway.forward.record import Answer, Letter, Verdict

PART: Final = ".part"
MOST_READ: Final = 64 * 1024 * 1024
"""Bytes of a file that somebody else laid down: what is longer is not read."""
_KEPT: Final = 2_000
"""So many keys of what appeared are remembered: what has no answer yet was in the last batch, of 500 at most."""


class Place(Protocol):
    """A folder, here or elsewhere. Each raises `LinkError`, and then nothing is known of what was asked for."""

    async def put(self, name: str, content: bytes) -> None:
        """Write a file, in place of one that may be there; on return it is on the disk."""
        ...

    async def rename(self, old: str, new: str) -> None:
        """Give a file its name, at once for whoever looks."""
        ...

    async def exists(self, name: str) -> bool:
        """Tell whether there is a file of this name."""
        ...

    async def remove(self, name: str) -> None:
        """Take away a file that never got its name."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class Book:
    """What is remembered from start to start: the file ``name`` on its way with ``keys``, and what appeared before.

    ``ready``: its part file is whole, so that it may have appeared.
    """

    name: str = ""
    keys: tuple[str, ...] = ()
    ready: bool = False
    appeared: tuple[str, ...] = ()


class Drop:
    """The way to a folder: a connector; ``book`` is a file of this machine that is this destination's alone."""

    def __init__(self, destination: str, place: Place, form: str, book: Path) -> None:
        self._destination = destination
        self._place = place
        self._form = form
        self._book = book

    @property
    def destination(self) -> str:
        """Return the name under which answers are kept."""
        return self._destination

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """Let ``batch`` appear as a file, but for what appeared before; see `connector.Connector`."""
        book = await self._settled(self._read())
        appeared = set(book.appeared)
        rest = [one for one in batch if one.record.idempotency_key not in appeared]
        name = ""
        if rest:
            content = FORMS[self._form](rest)
            name = f"zhendao-{rest[0].record.id:012d}-{key[:12]}.{self._form}"
            book = replace(book, name=name, keys=tuple(one.record.idempotency_key for one in rest), ready=False)
            self._write(book)
            await self._place.put(name + PART, content)
            book = replace(book, ready=True)
            self._write(book)
            await self._place.rename(name + PART, name)
            self._write(_appeared(book))
        new = {one.record.idempotency_key for one in rest}
        return {
            one: Answer(Verdict.TAKEN, "written", receipt=name) if one in new else Answer(Verdict.TAKEN, "duplicate")
            for one in (letter.record.idempotency_key for letter in batch)
        }

    async def close(self) -> None:
        """Let go of the place."""
        await self._place.close()

    async def _settled(self, book: Book) -> Book:
        """Return the book with what became of the file that was on its way when all ended."""
        if not book.name:
            return book
        there = await self._place.exists(book.name + PART)
        if not book.ready:
            if there:
                await self._place.remove(book.name + PART)
            return replace(book, name="", keys=())
        if there:
            await self._place.rename(book.name + PART, book.name)
        book = _appeared(book)
        self._write(book)
        return book

    def _read(self) -> Book:
        try:
            said = json.loads(self._book.read_bytes())
            return Book(said["name"], tuple(said["keys"]), said["ready"] is True, tuple(said["appeared"]))
        except FileNotFoundError:
            return Book()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DropBookError(self._book) from error

    def _write(self, book: Book) -> None:
        """Write the book so that after a power cut either this one is there or the one before."""
        self._book.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._book.with_suffix(".new"), json.dumps(asdict(book)).encode(), 0o600)
        self._book.with_suffix(".new").replace(self._book)
        sync_folder(self._book.parent)


def _appeared(book: Book) -> Book:
    return Book(appeared=(*book.appeared, *book.keys)[-_KEPT:])


def book_of(folder: Path, destination: str) -> Path:
    """Return the file in ``folder`` in which a destination's way remembers."""
    return folder / f"{sha256(destination.encode()).hexdigest()[:16]}.json"


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Write a file with its permissions ``mode``; on return its bytes are on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """See that the names in ``folder`` are on the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
