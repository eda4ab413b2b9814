"""What this process does otherwise while a world runs in it: no log line on the screen, garbage swept seldom.

A gateway goes on after an error that it did not expect, and logs it with its traceback: in a world that is a finding.
"""

from __future__ import annotations

import gc
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOGGER = logging.getLogger("zhendao")


class _Handler(logging.Handler):
    def __init__(self, told: Callable[[str, BaseException], None]) -> None:
        super().__init__(logging.ERROR)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info is not None else None
        if error is not None:
            self._told(f"{record.name}: {record.getMessage()}", error)


@contextmanager
def heard(told: Callable[[str, BaseException], None]) -> Iterator[None]:
    """Within the block, hand every logged error that has a traceback to ``told``, and show nothing."""
    handler, propagated = _Handler(told), _LOGGER.propagate
    _LOGGER.addHandler(handler)
    _LOGGER.propagate = False
    try:
        yield
    finally:
        _LOGGER.propagate = propagated
        _LOGGER.removeHandler(handler)


@contextmanager
def seldom_swept() -> Iterator[None]:
    """Within the block, look for unreachable cycles less often: a world makes few, and much that lives long."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
