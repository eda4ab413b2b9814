"""The fields of a mapping file, checked so that they can be carried out: sources, conversions, conditions. Pure."""

from collections.abc import Mapping as Dictionary
from dataclasses import replace
from typing import Any, Final

from zhendao.gateway.formats.conversions import CONVERSIONS, Around
from zhendao.gateway.formats.located import Path
from zhendao.gateway.formats.mapping import Condition, Field, Step
from zhendao.gateway.formats.notes import BOOL, TEXT, TEXTS, WHOLE, Notes, Spec, nearest
from zhendao.gateway.formats.sources import LISTS, OWN, PLAIN, Source
from zhendao.gateway.formats.values import Kind
from zhendao.protocol.wording import Text

_SPEC: Final[Spec] = {
    "name": (TEXT, True), "from": (TEXT, False), "as": (TEXTS, False), "when": (TEXTS, False),
    "required": (BOOL, False), "else": (TEXT, False), "most": (WHOLE, False), "cut": (BOOL, False),
    "each": (TEXT, False), "only": (TEXTS, False),
}  # fmt: skip
_APART: Final = ("value", "fields")
"""Keys that are looked at by themselves."""
_OF_OWN: Final = Source(Kind.TEXT, Text("自定", "own"))


def _sources(own: Dictionary[str, str], each: str | None) -> dict[str, Source]:
    """Return all that can be named here."""
    found = PLAIN | {OWN + name: _OF_OWN for name in own}
    return found if each is None else found | LISTS[each]


def read_fields(
    given: Any, path: Path, notes: Notes, around: Around, own: Dictionary[str, str], each: str | None
) -> tuple[Field, ...]:
    """Return the fields of an array of tables; ``each``: the list of whose items they are told."""
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        word = ".".join(str(one) for one in path if isinstance(one, str))
        notes.note(
            path, Text("须是表的数组", "must be an array of tables"), Text(f"写 [[{word}]]", f"write [[{word}]]")
        )
        return ()
    found: list[Field] = []
    names: set[str] = set()
    for number, table in enumerate(given):
        one = _field(table, (*path, number), notes, around, own, each)
        if one.name in names:
            notes.note((*path, number, "name"), Text(f"{one.name} 重复", f"{one.name} is there twice"),
                       Text("删去其一", "leave one of them out"))  # fmt: skip
        names.add(one.name)
        found.append(one)
    return tuple(found)


def _field(
    table: dict[str, Any], path: Path, notes: Notes, around: Around, own: Dictionary[str, str], each: str | None
) -> Field:
    rest = {key: value for key, value in table.items() if key not in _APART}
    given = notes.checked(rest, path, _SPEC)
    field = Field(
        name=given.get("name", ""),
        when=read_conditions(given.get("when", []), (*path, "when"), notes, own, each),
        required=given.get("required", False),
        otherwise=given.get("else"),
        most=given.get("most"),
        cut=given.get("cut", False),
    )
    said = [key for key in ("from", "value", "each") if key in table]
    if len(said) > 1 or (not said and "else" not in table):
        notes.note(path, Text("须有 from、value、each 之一", "needs one of from, value, each"),
                   Text("只写其中一个", "write exactly one of them"))  # fmt: skip
        return field
    if "each" in table:
        return _array(table, given, field, path, notes, around, own)
    if "fields" in table or "only" in table:
        notes.note(
            (*path, "fields"),
            Text("与 only 须与 each 一起", "and only go with each alone"),
            Text("补 each", "give each"),
        )
    if "value" in table:
        if not isinstance(table["value"], str | int | bool):
            notes.note((*path, "value"), Text("须是文本、整数或 true/false", "must be a text, a number or a flag"),
                       Text("改成该类型", "change it"))  # fmt: skip
        return replace(field, literal=table["value"])
    if "from" not in given:
        return field
    source = _sources(own, each).get(given["from"])
    if source is None:
        notes.note((*path, "from"), Text(f"没有来源 {given['from']}", f"there is no source {given['from']}"),
                   nearest(given["from"], tuple(_sources(own, each))))  # fmt: skip
        return field
    steps = _steps(given.get("as", []), source.kind, (*path, "as"), notes, around)
    return replace(field, source=given["from"], steps=steps)


def _array(
    table: dict[str, Any],
    given: dict[str, Any],
    field: Field,
    path: Path,
    notes: Notes,
    around: Around,
    own: Dictionary[str, str],
) -> Field:
    which = notes.choice(given, (*path, "each"), tuple(LISTS))
    fields = read_fields(table.get("fields"), (*path, "fields"), notes, around, own, which)
    only = read_conditions(given.get("only", []), (*path, "only"), notes, own, which)
    return replace(field, each=which, fields=fields, only=only)


def _steps(said: list[str], kind: Kind, path: Path, notes: Notes, around: Around) -> tuple[Step, ...]:
    steps = []
    for one in said:
        word, *words = one.split() or [""]
        conversion = CONVERSIONS.get(word)
        if conversion is None:
            notes.note(
                path, Text(f"没有转换 {word}", f"there is no conversion {word}"), nearest(word, tuple(CONVERSIONS))
            )
            return ()
        if kind not in conversion.takes:
            fit = ", ".join(name for name, other in CONVERSIONS.items() if kind in other.takes)
            notes.note(path, Text(f"{word} 不能转换 {kind}", f"{word} takes no {kind}"),
                       Text(f"可用：{fit}", f"what does: {fit}"))  # fmt: skip
            return ()
        if (wrong := conversion.check(tuple(words), around)) is not None:
            usage = f"{word} {conversion.words}".strip()
            notes.note(path, Text(f"{one}：{wrong.zh}", f"{one}: {wrong.en}"),
                       Text(f"写成 {usage}", f"write {usage}"))  # fmt: skip
            return ()
        steps.append(Step(conversion, tuple(words)))
        kind = conversion.gives
    if kind in {Kind.MOMENT, Kind.POINT, Kind.DAY}:
        fit = ", ".join(name for name, other in CONVERSIONS.items() if kind in other.takes)
        notes.note(path, Text(f"{kind} 须转换后才能写出", f"a {kind} cannot be written as it is"),
                   Text(f"在 as 中加上：{fit}", f"add to as one of: {fit}"))  # fmt: skip
    return tuple(steps)


def read_conditions(
    said: list[str], path: Path, notes: Notes, own: Dictionary[str, str], each: str | None
) -> tuple[Condition, ...]:
    """Return the conditions, all of which must hold: ``SOURCE``, ``not SOURCE``, ``SOURCE is WORD WORD``."""
    found = []
    known = _sources(own, each)
    for one in said:
        words = one.split()
        negated = words[:1] == ["not"]
        words = words[1:] if negated else words
        source, *rest = words or [""]
        if source not in known:
            notes.note(path, Text(f"没有来源 {source}", f"there is no source {source}"), nearest(source, tuple(known)))
        elif rest and (rest[0] != "is" or len(rest) == 1):
            notes.note(path, Text(f"条件看不懂：{one}", f"not a condition: {one}"),
                       Text("写成 来源、not 来源、来源 is 词", "write SOURCE, not SOURCE, SOURCE is WORD"))  # fmt: skip
        else:
            found.append(Condition(source, tuple(rest[1:]), negated))
    return tuple(found)
