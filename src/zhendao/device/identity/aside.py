"""Work done in a child process that ends with it: what it loads and parses leaves no trace in this one's memory.

Certificates are read once, at start, and their readers are a tenth of a terminal's memory for the rest of the year.
Only for a process that has no threads yet.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import cbor2

from zhendao.device.errors import DeviceError
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable


class AsideError(DeviceError):
    """An error of the child, with the child's own code and words; or that it ended without a word."""

    code = "aside"

    def __init__(self, what: Text, cure: Text | None = None, code: str = "aside", exit_code: int = 1) -> None:
        super().__init__(what, cure)
        self.code, self.exit_code = code, exit_code


def aside(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what ``work`` returns, done in a child: text, bytes, whole numbers, None, and lists of them.

    Raises:
        AsideError: ``work`` raised an error of ours, or the child was ended from outside (no memory, a kill).
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        code = 1
        try:
            os.close(reading)
            with open(writing, "wb") as out:  # noqa: PTH123 - a descriptor
                out.write(cbor2.dumps(_answer(work)))
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, "rb") as answer:  # noqa: PTH123 - as above
        said = answer.read()
    os.waitpid(child, 0)
    if not said:
        raise AsideError(Text("读取身份的子进程意外结束", "the process that reads the identity ended without a word"))
    answered: dict[str, Any] = cbor2.loads(said)
    if "error" in answered:
        what, cure, code, exit_code = answered["error"]
        raise AsideError(Text(*what), None if cure is None else Text(*cure), code, exit_code)
    done: dict[str, Any] = answered["done"]
    return done


def _answer(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:  # pragma: no cover - another process
    try:
        return {"done": work()}
    except ZhendaoError as error:
        cure = None if error.cure is None else [error.cure.zh, error.cure.en]
        return {"error": [[error.what.zh, error.what.en], cure, error.code, error.exit_code]}
