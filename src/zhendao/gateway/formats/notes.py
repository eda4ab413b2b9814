"""What is noticed while a mapping file is read: problems with their places, values of the wrong type. Pure."""

import difflib
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from zhendao.command.roster.problems import Problem
from zhendao.gateway.formats.located import Path, Places
from zhendao.protocol.wording import Text

TEXT: Final = Text("文本", "a text")
BOOL: Final = Text("true 或 false", "true or false")
WHOLE: Final = Text("正整数", "a whole number above 0")
TEXTS: Final = Text("文本的列表", "a list of texts")
Type = Text
Spec = Dictionary[str, tuple[Type, bool]]
"""Keys of a table: of what type, and whether they must be there."""


def is_of(value: Any, kind: Type) -> bool:
    """Tell whether ``value`` is of this type."""
    if kind is TEXT:
        return isinstance(value, str)
    if kind is BOOL:
        return isinstance(value, bool)
    if kind is WHOLE:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


@dataclass(slots=True)
class Notes:
    """Problems of the file ``name`` so far."""

    name: str
    places: Places
    problems: list[Problem] = field(default_factory=list)

    def note(self, path: Path, what: Text, cure: Text) -> None:
        """Note what is wrong at ``path``, and how to mend it."""
        line, column = self.places.of(path)
        said = ".".join(str(word) for word in path if not isinstance(word, int))
        begin = f"{said} " if said else ""
        told = Text(f"{begin}{what.zh}", f"{begin}{what.en}")
        self.problems.append(Problem(self.name, line, None if column is None else str(column), told, cure))

    def known(self, table: Dictionary[str, Any], keys: Sequence[str], path: Path) -> None:
        """Note what ``table`` has beside ``keys``."""
        for key in table:
            if key not in keys:
                self.note((*path, key), Text("没有这一项", "is not known here"), nearest(key, keys))

    def table(self, values: Dictionary[str, Any], path: Path, spec: Spec, *, required: bool = False) -> dict[str, Any]:
        """Return the table at ``path`` of the top, with those of its keys that are of the right type."""
        table = values.get(str(path[-1]), None)
        if table is None:
            if required:
                self.note(path, Text("缺少", "is missing"), Text(f"写 [{path[-1]}]", f"write [{path[-1]}]"))
            return {}
        if not isinstance(table, dict):
            self.note(path, Text("须是一个表", "must be a table"), Text(f"写 [{path[-1]}]", f"write [{path[-1]}]"))
            return {}
        return self.checked(table, path, spec)

    def checked(self, table: Dictionary[str, Any], path: Path, spec: Spec) -> dict[str, Any]:
        """Return the keys of ``table`` that are as ``spec`` asks, and note all others."""
        self.known(table, tuple(spec), path)
        found = {}
        for key, (kind, must) in spec.items():
            if key not in table:
                if must:
                    self.note(path, Text(f"缺少 {key}", f"lacks {key}"), Text(f"写 {key} = …", f"write {key} = …"))
            elif is_of(table[key], kind):
                found[key] = table[key]
            else:
                self.note((*path, key), Text(f"须是{kind.zh}", f"must be {kind.en}"), Text("改成该类型", "change it"))
        return found

    def tables(self, value: Any, path: Path) -> dict[str, dict[str, Any]]:
        """Return the tables within a table."""
        if isinstance(value, dict) and all(isinstance(one, dict) for one in value.values()):
            return value
        self.note(
            path, Text("其下须是表", "holds tables alone"), Text(f"写 [{path[-1]}.名称]", f"write [{path[-1]}.NAME]")
        )
        return {}

    def choice(self, table: Dictionary[str, Any], path: Path, words: Sequence[str]) -> str:
        """Return the word at ``path``; the first one, with a note, where it is none of ``words``."""
        said = table.get(str(path[-1]), words[0])
        if said not in words:
            self.note(path, Text(f"没有 {said}", f"cannot be {said}"), nearest(said, words))
            return words[0]
        return str(said)


def nearest(said: str, words: Sequence[str]) -> Text:
    """Return a cure that names what was probably meant, or all that there is."""
    near = difflib.get_close_matches(said, words, 1)
    if near:
        return Text(f"是否指 {near[0]}？", f"did you mean {near[0]}?")
    shown = ", ".join(words)
    return Text(f"可用：{shown}", f"there are: {shown}")
