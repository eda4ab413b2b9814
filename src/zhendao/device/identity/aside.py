"""Work done in a child process that ends with it: what it loads and parses leaves no trace in this one's memory.

Certificates are read once, at start, and their readers are a tenth of a terminal's memory for the rest of the year.
Only for a process that has no threads yet.
"""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, TypeVar

from zhendao.device.errors import DeviceError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class AsideError(DeviceError):
    """The child ended without an answer."""

    code = "aside"


def aside(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, done in a child; what it raises is raised here. Both must be plain values.

    Raises:
        AsideError: the child was ended from outside (no memory, a kill).
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        code = 1
        try:
            os.close(reading)
            with open(writing, "wb") as out:  # noqa: PTH123 - a descriptor
                out.write(_answer(work))
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, "rb") as answer:  # noqa: PTH123 - as above
        said = answer.read()
    os.waitpid(child, 0)
    if not said:
        raise AsideError(Text("读取身份的子进程意外结束", "the process that reads the identity ended without a word"))
    good, value = pickle.loads(said)  # noqa: S301 - written by our own child, over a pipe that nobody else has
    if good:
        return value  # type: ignore[no-any-return] # it is what work returned
    raise value


def _answer(work: Callable[[], T]) -> bytes:  # pragma: no cover - another process
    try:
        return pickle.dumps((True, work()))
    except Exception as error:  # noqa: BLE001 - the parent decides what to say
        return pickle.dumps((False, error))
