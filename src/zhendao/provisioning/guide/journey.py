"""The way through an installation: which step is next, what each one found, how it goes on after an interruption. Pure.

Promise: a step is noted as begun before it acts, and as ended only with what it found; one that was begun and not ended
is done again. A step that failed or is done again opens every later one that rests on what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zhendao.protocol.wording import Text


class Outcome(StrEnum):
    """How far a step is."""

    OPEN = "open"
    BEGUN = "begun"
    DONE = "done"
    LEFT = "left"
    """Left out by the person; said so on the certificate."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``rests_on``: the steps whose findings it uses; ``may_leave``: a person may go on without it."""

    name: str
    title: Text
    why: Text
    rests_on: tuple[str, ...] = ()
    may_leave: bool = False


@dataclass(frozen=True, slots=True)
class Stand:
    """How one step stands. ``seconds`` it took, the person's time included; ``found`` is kept, and never a secret."""

    outcome: Outcome = Outcome.OPEN
    at_s: int = 0
    seconds: int = 0
    found: Mapping[str, str] | None = None
    problem: Text | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """All steps of one installation with how they stand. Times are UTC seconds."""

    steps: Sequence[Step]
    stands: Mapping[str, Stand]

    @property
    def next(self) -> Step | None:
        """The first step that is neither done nor left out; None when all is done."""
        settled = {Outcome.DONE, Outcome.LEFT}
        return next((step for step in self.steps if self.stand(step.name).outcome not in settled), None)

    def stand(self, name: str) -> Stand:
        """Return how the step ``name`` stands."""
        return self.stands.get(name, Stand())

    def found(self, name: str) -> Mapping[str, str]:
        """Return what the step ``name`` found; empty where it is not done."""
        stand = self.stand(name)
        return (stand.found or {}) if stand.outcome is Outcome.DONE else {}

    @property
    def seconds(self) -> int:
        """How long all steps took together, as far as they are."""
        return sum(stand.seconds for stand in self.stands.values())

    def begun(self, name: str, at_s: int) -> Journey:
        """Return the journey with ``name`` begun at ``at_s``, and with all that rests on it open again."""
        before = self.stand(name)
        stands = {**self.stands, name: replace(before, outcome=Outcome.BEGUN, at_s=at_s, found=None, problem=None)}
        for step in self._resting_on(name):
            if step.name in stands:
                stands[step.name] = replace(stands[step.name], outcome=Outcome.OPEN, found=None, problem=None)
        return replace(self, stands=stands)

    def done(self, name: str, at_s: int, found: Mapping[str, str]) -> Journey:
        """Return the journey with ``name`` done at ``at_s``."""
        return self._ended(name, at_s, Stand(Outcome.DONE, found=dict(found)))

    def failed(self, name: str, at_s: int, problem: Text) -> Journey:
        """Return the journey with ``name`` failed at ``at_s``; it is the next one again."""
        return self._ended(name, at_s, Stand(Outcome.FAILED, problem=problem))

    def left(self, name: str, at_s: int) -> Journey:
        """Return the journey with ``name`` left out by the person.

        Raises:
            ValueError: it is one that cannot be left out.
        """
        if not self._step(name).may_leave:
            raise ValueError(name)
        return self._ended(name, at_s, Stand(Outcome.LEFT))

    def _ended(self, name: str, at_s: int, stand: Stand) -> Journey:
        before = self.stand(name)
        took = max(0, at_s - before.at_s) if before.outcome is Outcome.BEGUN else 0
        return replace(self, stands={**self.stands, name: replace(stand, at_s=at_s, seconds=before.seconds + took)})

    def _step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def _resting_on(self, name: str) -> list[Step]:
        """Return the steps that rest on ``name``, also by way of others, in their order."""
        touched = {name}
        found = []
        for step in self.steps:
            if touched & set(step.rests_on):
                touched.add(step.name)
                found.append(step)
        return found
