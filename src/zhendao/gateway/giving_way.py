"""The gateway's own programs as processes of their own, which give way to whatever the gateway does.

Promise: nothing runs between the fork and the program but the kernel's own work, for a gateway has many threads: what
one of them holds at that moment is held for ever in a child that would need it, and who waits for its start waits too.
"""

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

NICE: Final = 10
COMMAND: Final = "from zhendao.gateway.cli import main; sys.exit(main())"
"""The program `zhendao-gateway`."""


def giving_way(
    words: Sequence[str], program: str = COMMAND, *, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start ``program`` with ``words``; it makes itself modest before anything else. Raises `OSError`."""
    code = f"import os, sys; os.nice({NICE}); {program}"
    return subprocess.Popen([sys.executable, "-c", code, *words], stdin=stdin, stdout=stdout)  # noqa: S603 - our own
