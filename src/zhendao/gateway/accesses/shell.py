"""What is read at the machine itself, by a command: entered in the log of accesses before anything is shown.

rule: PIPL
"""

import re
import time
from typing import Final

from zhendao.gateway.accesses.book import enter
from zhendao.gateway.api.local import LOCAL
from zhendao.gateway.store.engine import Store

_FOREIGN: Final = re.compile(r"[^\x20-\x7e]+")


def read_at_shell(store: Store, resource: str, asked: str, items: int, *, names: bool = False) -> None:
    """Write down that somebody at the machine is shown ``items`` of ``resource``; ``names``: unmasked.

    ``asked`` says who, and for what; it holds no name and no phone. Raises `StoreError`: then nothing may be shown.
    """
    with store.writing() as connection:
        enter(connection, time.time_ns() // 1_000_000, (LOCAL, "shell"), resource, asked, items=items, names=names)


def told_file(name: str) -> str:
    """Return the name of a file as the log keeps it: without what may be the name of a person."""
    return _FOREIGN.sub("…", name)
