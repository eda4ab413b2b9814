"""The tags of an emulator, in the field or not, and their files: `NAME.json` in the state folder.

Promise: what a host has written is in the file before the next order is taken; a file is replaced whole or not at all.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import OrderError, SimulatorError
from zhendao.simulators.pn532.air import Tag
from zhendao.simulators.pn532.tags.kinds import KINDS


class StateError(SimulatorError):
    """A file in the state folder is not one that this emulator wrote."""

    code = "simulator-state"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Text(f"标签状态文件无法读取：{path}", f"the tag file {path} cannot be read"),
            Text("请删除该文件或换一个状态目录", "remove the file, or take another state folder"),
        )


@dataclass
class _Kept:
    kind: str
    tag: Tag
    saved: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Shelf:
    """All tags by name; ``folder`` None keeps them in memory only."""

    folder: Path | None = None
    _tags: dict[str, _Kept] = field(default_factory=dict)

    def load(self) -> None:
        """Take up the tags of the state folder, which is made if it is not there.

        Raises:
            StateError: a file is damaged.
        """
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(self.folder.glob("*.json")):
            self.bring(path.stem, path)

    def bring(self, name: str, path: Path) -> None:
        """Take up the tag that a file keeps, as ``name``; one of that name leaves the shelf.

        Raises:
            StateError: the file is damaged, or not there.
        """
        try:
            kept = json.loads(path.read_text("utf-8"))
            tag = KINDS[kept["kind"]][1](bytes.fromhex(kept["uid"]), kept)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise StateError(path) from error
        self._tags[name] = _Kept(kept["kind"], tag)

    def define(self, name: str, kind: str, uid: bytes) -> None:
        """Make a tag; the same definition again changes nothing.

        Raises:
            OrderError: the name is taken by another tag.
        """
        known = self._tags.get(name)
        if known is None:
            known = self._tags[name] = _Kept(kind, KINDS[kind][1](uid, None))
            self._save(name, known)
        elif (known.kind, known.tag.uid) != (kind, uid):
            taken = f"{known.kind} uid={known.tag.uid.hex()}"
            raise OrderError(f"tag {name}", Text(f"名称已用于 {taken}", f"the name is that of {taken}"))

    def get(self, name: str) -> Tag:
        """Return the tag of that name.

        Raises:
            OrderError: there is none.
        """
        known = self._tags.get(name)
        if known is None:
            raise OrderError(
                name, Text("没有这个标签，请先用 tag 定义", "there is no such tag; define it with `tag` first")
            )
        return known.tag

    def save(self) -> None:
        """Write the files of those tags that have changed."""
        for name, kept in self._tags.items():
            if kept.tag.kept() != kept.saved:
                self._save(name, kept)

    def _save(self, name: str, kept: _Kept) -> None:
        kept.saved = kept.tag.kept()
        if self.folder is None:
            return
        path = self.folder / f"{name}.json"
        new = path.with_suffix(".new")
        content = {"kind": kept.kind, "uid": kept.tag.uid.hex(), **kept.saved}
        new.write_text(json.dumps(content) + "\n", "utf-8")
        new.replace(path)
