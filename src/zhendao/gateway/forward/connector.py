"""What every way to a platform offers; a new way is one module with this shape.

Promise: `send` returns an answer for each record that the platform answered, or raises `LinkError` (nothing is known)
or `BatchRefusedError` (the request as a whole was refused); it may be cancelled at any moment.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from zhendao.gateway.forward.record import Answer, Letter


class Connector(Protocol):
    """A way to one destination."""

    @property
    def destination(self) -> str:
        """Return the name under which answers are kept; it stays the same from start to start."""
        ...

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """Send ``batch`` under idempotency key ``key``; return answers by the records' own idempotency keys."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
