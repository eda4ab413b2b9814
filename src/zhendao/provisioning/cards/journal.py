"""The journal of each card, `cards/UID.jsonl`: what it is to become, and each step before it is done.

Promise: a line is forced to the disk before `begin`, `step` or `close` returns, so a card never has a change that its
journal does not announce; a line cut off by a crash is one that was never acted on, and is passed over. No key is here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from zhendao.provisioning.cards.goals import Goal, TokenGoal, goal_from_json, goal_to_json
from zhendao.provisioning.errors import FolderUnusableError
from zhendao.provisioning.folders import append_line

FOLDER: Final = "cards"
_NAME: Final = re.compile(r"[0-9a-f]{8,20}")
DONE: Final = "done"
GIVEN_UP: Final = "given-up"
"""The card is lost or broken: it will never be held there again."""


@dataclass(frozen=True, slots=True)
class Story:
    """What the journal knows of one card.

    Attributes:
        uid: of the card.
        goals: all goals it had, the latest last.
        tried: names of the steps that were begun for the latest goal, in their order.
        closed: how the latest goal ended: `done`, the code of what stopped it, or "" when it was cut off.
        kept: the last goal that was reached, whatever began since.
    """

    uid: bytes
    goals: tuple[Goal, ...] = ()
    tried: tuple[str, ...] = ()
    closed: str = ""
    kept: Goal | None = None

    @property
    def goal(self) -> Goal | None:
        """The latest goal."""
        return self.goals[-1] if self.goals else None

    @property
    def unfinished(self) -> bool:
        """Whether the card may stand between two states."""
        return self.goal is not None and self.closed not in {DONE, GIVEN_UP}

    @property
    def touched(self) -> bool:
        """Whether a step of the latest goal was begun, so that the card may have changed."""
        return bool(self.tried)

    @property
    def token(self) -> TokenGoal | None:
        """The token that the card is, or is to become."""
        return self.goal if isinstance(self.goal, TokenGoal) else None

    @property
    def key_versions(self) -> tuple[int, ...]:
        """All versions of keys that the card may hold, the latest first."""
        found = (goal.key_version for goal in reversed(self.goals))
        return tuple(dict.fromkeys(version for version in found if version is not None))


@dataclass(frozen=True)
class CardJournal:
    """The journals of all cards of one authority; ``folder`` is the authority's or a work folder."""

    folder: Path

    def begin(self, goal: Goal, at_s: int) -> None:
        """Write down what a card is to become. ``at_s``: seconds since 1970 UTC. Raises FolderUnusableError."""
        self._append(goal.uid, {"kind": "goal", **goal_to_json(goal)}, at_s)

    def step(self, uid: bytes, name: str, at_s: int) -> None:
        """Write down the step that comes next. Raises FolderUnusableError."""
        self._append(uid, {"kind": "step", "step": name}, at_s)

    def close(self, uid: bytes, how: str, at_s: int) -> None:
        """Write down how it ended: `DONE`, `GIVEN_UP`, or the code of what stopped it. Raises FolderUnusableError."""
        self._append(uid, {"kind": "end", "how": how}, at_s)

    def story(self, uid: bytes) -> Story:
        """Return what is known of a card; an empty story for one that never was here. Raises FolderUnusableError."""
        telling = _Telling(uid)
        for entry in self._entries(uid):
            telling.hear(entry)
        return telling.story()

    def stories(self) -> list[Story]:
        """Return the stories of all cards, in the order of their uids. Raises FolderUnusableError."""
        folder = self.folder / FOLDER
        try:
            names = sorted(path.stem for path in folder.glob("*.jsonl") if _NAME.fullmatch(path.stem))
        except OSError as error:
            raise FolderUnusableError(folder, error.strerror or str(error)) from error
        return [self.story(bytes.fromhex(name)) for name in names]

    def _path(self, uid: bytes) -> Path:
        return self.folder / FOLDER / f"{uid.hex()}.jsonl"

    def _entries(self, uid: bytes) -> Iterator[Mapping[str, Any]]:
        path = self._path(uid)
        try:
            lines = path.read_bytes().splitlines() if path.exists() else []
        except OSError as error:
            raise FolderUnusableError(path, error.strerror or str(error)) from error
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry

    def _append(self, uid: bytes, entry: dict[str, Any], at_s: int) -> None:
        line = {"at": datetime.fromtimestamp(at_s, UTC).isoformat(), **entry}
        append_line(self._path(uid), json.dumps(line, ensure_ascii=False).encode())


@dataclass
class _Telling:
    """Entries in, a story out."""

    uid: bytes
    goals: list[Goal] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    closed: str = ""
    kept: Goal | None = None

    def hear(self, entry: Mapping[str, Any]) -> None:
        try:
            match entry["kind"]:
                case "goal":
                    self._goal(goal_from_json(entry))
                case "step":
                    self.tried.append(str(entry["step"]))
                    self.closed = ""
                case "end":
                    self._end(str(entry["how"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # a line of another hand, or of a later release: it names no step that was taken here

    def _goal(self, goal: Goal) -> None:
        if not self.goals or goal != self.goals[-1]:
            self.goals.append(goal)
            self.tried.clear()
        self.closed = ""

    def _end(self, how: str) -> None:
        self.closed = how
        if how == DONE and self.goals:
            self.kept = self.goals[-1]

    def story(self) -> Story:
        return Story(self.uid, tuple(self.goals), tuple(self.tried), self.closed, self.kept)
