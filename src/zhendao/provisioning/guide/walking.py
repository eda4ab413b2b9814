"""Walks an installation: asks, acts, keeps what was found, and goes on from there whenever it was interrupted.

Promise: how it stands is on the disk before a step acts and after it ended; a failed step says what is wrong and how to
mend it, and is tried again, left out where that is allowed, or kept for later. Nothing is done twice for a repetition:
each act looks first whether it is done already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text
from zhendao.provisioning.errors import AnswerError
from zhendao.provisioning.guide import record, screen
from zhendao.provisioning.guide.dialogue import Choice
from zhendao.provisioning.guide.journey import Journey, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.protocol.wording import Language
    from zhendao.provisioning.guide.dialogue import Person
    from zhendao.provisioning.guide.journey import Step

Act = Callable[[Journey], Mapping[str, str]]
"""Does one step, given what the steps before found; returns what it found. Raises `ZhendaoError`."""

_AGAIN, _LEAVE, _LATER = "again", "leave", "later"


@dataclass
class Walk:
    """One installation. ``acts``: what each step does, by its name; ``clock`` gives UTC seconds."""

    journey: Journey
    acts: Mapping[str, Act]
    person: Person
    file: Path
    language: Language
    clock: Callable[[], int]

    def run(self) -> bool:
        """Go on to the end; return False where the person kept the rest for later.

        Raises:
            AnswerError: a question had no usable answer; the journey stands at that step.
            FolderUnusableError: how it stands cannot be kept.
        """
        if any(stand.outcome is not Outcome.OPEN for stand in self.journey.stands.values()):
            self.person.say([*screen.overview(self.journey, self.language), ""])
        while (step := self.journey.next) is not None:
            self.person.say(screen.heading(self.journey, step, self.language))
            if not self._take(step):
                return False
        self.person.say([*screen.overview(self.journey, self.language), *screen.finished(self.journey, self.language)])
        return True

    def _take(self, step: Step) -> bool:
        """Take one step; return False to stop here."""
        self._keep(self.journey.begun(step.name, self.clock()))
        try:
            found = self.acts[step.name](self.journey)
        except AnswerError:
            raise
        except ZhendaoError as error:
            self._keep(self.journey.failed(step.name, self.clock(), error.explained()))
            self.person.say(screen.wrapped(f"× {error.explain(self.language)}"))
            return self._after_failure(step)
        self._keep(self.journey.done(step.name, self.clock(), found))
        self.person.say([f"√ {step.title.in_(self.language)}", ""])
        return True

    def _after_failure(self, step: Step) -> bool:
        options = {_AGAIN: Text("再试一次", "try again")}
        if step.may_leave:
            options[_LEAVE] = Text("先不做这一步", "go on without it")
        options[_LATER] = Text("以后继续", "stop here, go on later")
        asked = Choice(f"{step.name}.failed", Text("怎么办？", "what now?"), options, _LATER)
        answer = self.person.choose(asked)
        if answer == _LEAVE:
            self._keep(self.journey.left(step.name, self.clock()))
        return answer != _LATER

    def _keep(self, journey: Journey) -> None:
        self.journey = journey
        record.keep(self.file, journey)
