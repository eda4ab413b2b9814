"""A suite names signature, hash, cipher and key wrap together; `sm` is the default, `intl` the other.

Who signs or seals asks the suite and never an algorithm. docs/protocol.md section 2.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.intl import INTL
from zhendao.protocol.keys import Suite
from zhendao.protocol.sm import SM

__all__ = ["INTL", "SM", "Suite", "standing_in", "suite_by_id", "suite_by_name"]


_SUITES: Final[tuple[Suite, ...]] = (SM, INTL)
_STANDING_IN: Final[ContextVar[Suite | None]] = ContextVar("standing_in", default=None)


def suite_by_id(number: int) -> Suite:
    """Return the suite with this number; ProtocolError if there is none."""
    for suite in _suites():
        if suite.id == number and not isinstance(number, bool):
            return suite
    raise ProtocolError("suite", f"there is no suite {number}")


def suite_by_name(name: str) -> Suite:
    """Return the suite with this name; ProtocolError if there is none."""
    for suite in _suites():
        if suite.name == name:
            return suite
    raise ProtocolError("suite", f"there is no suite named {name}")


@contextmanager
def standing_in(suite: Suite) -> Iterator[None]:
    """Let ``suite`` answer in place of the one that has its number, to what is called within; for simulated worlds.

    Nothing that runs in the field can come to this. It is no setting, no argument of a command and no variable of the
    environment, but a block of code that one module of the simulators enters; the suite that it enters with is one that
    no package of terminal, gateway, provisioning or verifier may import. What is entered holds for the calls within the
    block and for no other thread. A test keeps both: who enters, and who may import.
    """
    token = _STANDING_IN.set(suite)
    try:
        yield
    finally:
        _STANDING_IN.reset(token)


def _suites() -> tuple[Suite, ...]:
    other = _STANDING_IN.get()
    return _SUITES if other is None else (other, *_SUITES)
