"""Working on much that stays, without Python's search for circles: it looks at all of it again and again, for nothing.

For commands that read, work and end. Memory that nobody refers to is freed as ever; only circles wait for the end.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Within it circles are not looked for; afterwards as before."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
