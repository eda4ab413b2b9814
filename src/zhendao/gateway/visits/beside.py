"""What stands beside the facts when visits are concluded: corrections that count, and who is told of visits."""

from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.corrected import Corrections
from zhendao.gateway.visits.drawing import Policy
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.revisions import Standing


class Basis(NamedTuple):
    """What visits are judged by."""

    registry: Registry
    policy: Policy


class Beside(Protocol):
    """People's part in conclusions, in the transaction of the caller."""

    def corrections(self, connection: Connection) -> Corrections:
        """Return the corrections that count."""

    def concluded(
        self, connection: Connection, visit: Visit, before: Standing | None, basis: Basis, now_ms: int
    ) -> None:
        """Take in a visit that says something else than ``before``, or was judged again, as of ``now_ms`` (UTC ms)."""

    def drawn(self, connection: Connection) -> None:
        """Write what was taken in; called once, when every visit of the transaction was."""


class Nobody:
    """No corrections, and nobody to tell."""

    def corrections(self, connection: Connection) -> Corrections:  # noqa: ARG002 - of the form
        """Return none."""
        return {}

    def concluded(
        self, connection: Connection, visit: Visit, before: Standing | None, basis: Basis, now_ms: int
    ) -> None:
        """Do nothing."""

    def drawn(self, connection: Connection) -> None:
        """Do nothing."""
