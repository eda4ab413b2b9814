"""A suite names signature, hash, cipher and key wrap together; `sm` is the default, `intl` the other.

Who signs or seals asks the suite and never an algorithm. docs/protocol.md section 2.
"""

from typing import Final

from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.intl import INTL
from zhendao.protocol.keys import Suite
from zhendao.protocol.sm import SM

__all__ = ["INTL", "SM", "Suite", "suite_by_id", "suite_by_name"]


_SUITES: Final[tuple[Suite, ...]] = (SM, INTL)


def suite_by_id(number: int) -> Suite:
    """Return the suite with this number; ProtocolError if there is none."""
    for suite in _SUITES:
        if suite.id == number and not isinstance(number, bool):
            return suite
    raise ProtocolError("suite", f"there is no suite {number}")


def suite_by_name(name: str) -> Suite:
    """Return the suite with this name; ProtocolError if there is none."""
    for suite in _SUITES:
        if suite.name == name:
            return suite
    raise ProtocolError("suite", f"there is no suite named {name}")
