"""`[[service]]`, of a gateway and of a policy: what goes before the registry's row of a service. rule: SERVICES."""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer, Words


@dataclass(frozen=True)
class ServiceTable:
    """Limits of a service code, in seconds; ``recheck_s``: within a visit there is a check at least so often."""

    code: Annotated[str, Words(64)]
    min_s: Annotated[int | None, Integer(0, 86_400)] = None
    max_s: Annotated[int | None, Integer(1, 172_800)] = None
    recheck_s: Annotated[int | None, Integer(60, 86_400)] = None
