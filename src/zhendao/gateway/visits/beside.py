"""What stands beside the facts when visits are concluded: corrections that count, and who is told of visits."""

from typing import Protocol

from sqlalchemy import Connection

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.corrected import Corrections
from zhendao.gateway.visits.drawing import Policy
from zhendao.gateway.visits.judgement import Visit


class Beside(Protocol):
    """People's part in conclusions, in the transaction of the caller."""

    def corrections(self, connection: Connection) -> Corrections:
        """Return the corrections that count."""

    def concluded(self, connection: Connection, visit: Visit, registry: Registry, policy: Policy, now_ms: int) -> None:
        """Take in a visit that says something else than before, or was judged again, as of ``now_ms`` (UTC ms)."""


class Nobody:
    """No corrections, and nobody to tell."""

    def corrections(self, connection: Connection) -> Corrections:  # noqa: ARG002 - of the form
        """Return none."""
        return {}

    def concluded(self, connection: Connection, visit: Visit, registry: Registry, policy: Policy, now_ms: int) -> None:
        """Do nothing."""
