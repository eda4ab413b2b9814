"""A way that carries some types of records only; of the others it is settled that nobody there wants them.

Promise: what is not wanted is never sent, and waits for nobody; that it was passed over stands beside it as its answer.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from zhendao.gateway.forward.connector import Connector
from zhendao.gateway.forward.record import Answer, Letter, Verdict

PASSED_OVER: Final = Answer(Verdict.TAKEN, "not wanted")


class Wanted:
    """``way``, for records of ``types``; a connector."""

    def __init__(self, way: Connector, types: Collection[str]) -> None:
        self._way = way
        self._types = frozenset(types)

    @property
    def destination(self) -> str:
        """Return the name under which answers are kept."""
        return self._way.destination

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """Send what is wanted of ``batch``; see `connector.Connector`."""
        wanted = [one for one in batch if one.record.record_type in self._types]
        answers = dict(await self._way.send(wanted, key)) if wanted else {}
        passed = {one.record.idempotency_key: PASSED_OVER for one in batch if one.record.record_type not in self._types}
        return answers | passed

    async def close(self) -> None:
        """Close the way."""
        await self._way.close()
