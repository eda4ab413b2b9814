"""Personal columns as a screen may show them: enough to tell two people apart who are known, and no more.

Promise: nothing of a value is shown that its mask does not say. rule: RECORD-LIST (names ``*婉``, phones
``135********``), PIPL.
"""

from typing import Any

_PREFIX = 3


def mask(column: str, value: Any) -> str:
    """Return ``value`` of personal ``column`` masked; a column without a mask of its own is hidden whole."""
    if column == "name":
        return "*" * (len(value) - 1) + value[-1:] if len(value) > 1 else "*" * len(value)
    if column == "phone":
        return value[:_PREFIX] + "*" * (len(value) - _PREFIX) if len(value) > 2 * _PREFIX else "*" * len(value)
    return "***"
