"""Mapping files (TOML) read strictly: what is wrong is told all at once, with line, column and how to mend it.

Promise: a file that reads can be carried out: every source, conversion, table of codes and condition in it is there,
and each conversion can take what the one before it gives. Pure.
"""

import re
import tomllib
from collections.abc import Mapping as Dictionary
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from zhendao.command.roster.problems import Problem
from zhendao.gateway.formats.conversions import Around
from zhendao.gateway.formats.errors import MappingError
from zhendao.gateway.formats.fields import read_conditions, read_fields
from zhendao.gateway.formats.located import Path, Places
from zhendao.gateway.formats.mapping import ONE, Field, File, Mapping, Rejections, Response
from zhendao.gateway.formats.notes import BOOL, TEXT, TEXTS, WHOLE, Notes, Spec
from zhendao.gateway.formats.sources import LISTS, OWN
from zhendao.protocol.wording import Text

_FORMAT: Final[Spec] = {
    "name": (TEXT, True), "zh": (TEXT, True), "en": (TEXT, True), "shape": (TEXT, True), "time_zone": (TEXT, True),
    "example": (BOOL, False), "each": (TEXT, False), "send": (TEXTS, False), "withdrawn": (TEXT, False),
    "needs": (TEXTS, False),
}  # fmt: skip
_FILE: Final[Spec] = {
    "name": (TEXT, False), "test": (TEXT, False), "separator": (TEXT, False), "header": (BOOL, False),
    "quoted": (BOOL, False), "encoding": (TEXT, False), "line_end": (TEXT, False), "most": (WHOLE, False),
}  # fmt: skip
_RESPONSE: Final[Spec] = {
    "name": (TEXT, True), "separator": (TEXT, True), "key": (TEXT, True), "reason": (TEXT, True),
    "status": (TEXT, False), "good": (TEXTS, False), "only_errors": (BOOL, False),
}  # fmt: skip
_REJECTIONS: Final[Spec] = {"unknown": (TEXTS, False), "used": (TEXTS, False)}
_TABLES: Final = ("format", "own", "codes", "file", "response", "rejections", "service")
_OF_WHAT: Final = ("visit", "elder", "caregiver")
_ENCODINGS: Final = ("utf-8", "utf-8-sig", "gb18030")
_ENDS: Final = {"crlf": "\r\n", "lf": "\n"}
_AT: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
MOST_BYTES: Final = 512 * 1024


def read_mapping(content: bytes, name: str) -> Mapping:
    """Return what the file ``name`` with this ``content`` says. Raises `MappingError` with every problem."""
    values, text = _decoded(content, name)
    notes = Notes(name, Places(text))
    made = _mapping(values, notes)
    if notes.problems or made is None:
        raise MappingError(sorted(notes.problems, key=lambda one: (one.line or 0, one.column or "")))
    return made


def _decoded(content: bytes, name: str) -> tuple[dict[str, Any], str]:
    cure = Text("修改文件后再试", "mend the file and try again")
    if len(content) > MOST_BYTES:
        what = Text(f"大于 {MOST_BYTES} 字节", f"is longer than {MOST_BYTES} bytes")
        raise MappingError([Problem(name, None, None, what, cure)])
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        return tomllib.loads(text), text
    except UnicodeDecodeError:
        what = Text("不是 UTF-8 文本", "is not UTF-8 text")
        raise MappingError([Problem(name, None, None, what, Text("另存为 UTF-8", "save it as UTF-8"))]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _AT.search(str(error))
        line, column = place.groups() if place else (None, None)
        what = Text(f"不是有效的 TOML（{error}）", f"is not valid TOML ({error})")
        raise MappingError([Problem(name, int(line) if line else None, column, what, cure)]) from None


def _mapping(values: dict[str, Any], notes: Notes) -> Mapping | None:
    notes.known(values, (*_TABLES, *_OF_WHAT), ())
    form = notes.table(values, ("format",), _FORMAT, required=True)
    own = _texts(values.get("own", {}), ("own",), notes)
    codes = {
        name: _texts(table, ("codes", name), notes)
        for name, table in notes.tables(values.get("codes", {}), ("codes",)).items()
    }
    shape = notes.choice(form, ("format", "shape"), ("rows", "tree"))
    each = notes.choice(form, ("format", "each"), tuple(LISTS)) if "each" in form else None
    withdrawn = notes.choice(form, ("format", "withdrawn"), ("send", "omit")) if "withdrawn" in form else "send"
    zone = _zone(form, notes)
    around = Around(zone, codes)
    needs = tuple(form.get("needs", ()))
    for one in needs:
        if one not in own:
            notes.note(("format", "needs"), Text(f"[own] 中没有 {one}", f"[own] has no {one}"),
                       Text(f'在 [own] 中写 {one} = ""', f'write {one} = "" in [own]'))  # fmt: skip
    fields = _fields(values, notes, around, own, each, shape)
    if "visit" not in fields:
        notes.note((), Text("没有 [[visit]]", "there is no [[visit]]"),
                   Text("至少写一个字段", "write one field at least"))  # fmt: skip
    send = read_conditions(form.get("send", []), ("format", "send"), notes, own, None)
    file = _file(notes.table(values, ("file",), _FILE), notes, own)
    response = _response(values, notes)
    rejected = notes.table(values, ("rejections",), _REJECTIONS)
    service = _texts(values.get("service", {}), ("service",), notes)
    if notes.problems:
        return None
    return Mapping(
        name=form["name"],
        title=Text(form["zh"], form["en"]),
        shape=cast("Any", shape),
        example=bool(form.get("example", False)),
        around=around,
        fields=fields,
        each=each,
        send=send,
        withdrawn=withdrawn == "send",
        own=own,
        needed=frozenset(needs),
        file=file,
        response=response,
        rejections=Rejections(*(tuple(rejected.get(name, ())) for name in ("unknown", "used"))),
        service=service,
    )


def _fields(
    values: dict[str, Any], notes: Notes, around: Around, own: Dictionary[str, str], each: str | None, shape: str
) -> dict[str, tuple[Field, ...]]:
    found: dict[str, tuple[Field, ...]] = {
        what: read_fields(values[what], (what,), notes, around, own, each if what == "visit" else None)
        for what in _OF_WHAT
        if what in values
    }
    if shape == "tree":
        for what, fields in found.items():
            _check_names(fields, (what,), notes)
    return found


def _check_names(fields: tuple[Field, ...], path: Path, notes: Notes) -> None:
    """Note names of which no tree can be made: one that is a value and an object, or an object and an array."""
    leaves: set[str] = set()
    outer: dict[str, bool] = {}
    for number, field in enumerate(fields):
        words = field.name.split(".")
        plain = [word.removesuffix(ONE) for word in words]
        around = {".".join(plain[: size + 1]): words[size].endswith(ONE) for size in range(len(words) - 1)}
        name = ".".join(plain)
        wrong = not all(plain) or words[-1].endswith(ONE) or any("[" in word or "]" in word for word in plain)
        if wrong or name in outer or any(one in leaves or outer.get(one, kind) != kind for one, kind in around.items()):
            notes.note((*path, number, "name"),
                       Text(f"{field.name} 不成树", f"{field.name} makes no tree with the others"),
                       Text("一名或为值，或为对象（甲.乙），或为数组（甲[].乙）",
                            "a name is a value, or an object (a.b), or an array with one object (a[].b)"))  # fmt: skip
        leaves.add(name)
        outer |= around
        _check_names(field.fields, (*path, number, "fields"), notes)


def _texts(table: Any, path: Path, notes: Notes) -> dict[str, str]:
    """Return a table of texts; true, false and whole numbers are said as texts too."""
    if not isinstance(table, dict):
        notes.note(path, Text("须是一个表", "must be a table"), Text(f"写成 [{path[-1]}]", f"write [{path[-1]}]"))
        return {}
    found = {}
    for key, value in table.items():
        if isinstance(value, bool):
            found[key] = "true" if value else "false"
        elif isinstance(value, str | int):
            found[key] = str(value)
        else:
            notes.note((*path, key), Text("须是文本", "must be a text"), Text('写在 "" 之间', 'write it between ""'))
    return found


def _zone(form: Dictionary[str, Any], notes: Notes) -> ZoneInfo:
    said = form.get("time_zone", "UTC")
    try:
        return ZoneInfo(said)
    except (ValueError, OSError, LookupError):
        notes.note(("format", "time_zone"), Text(f"没有时区 {said}", f"there is no time zone {said}"),
                   Text("写 IANA 名称，如 Asia/Shanghai", "write its IANA name, such as Asia/Shanghai"))  # fmt: skip
        return ZoneInfo("UTC")


def _file(table: dict[str, Any], notes: Notes, own: Dictionary[str, str]) -> File:
    if "encoding" in table:
        notes.choice(table, ("file", "encoding"), _ENCODINGS)
    if "line_end" in table:
        table["line_end"] = _ENDS.get(notes.choice(table, ("file", "line_end"), tuple(_ENDS)), "\n")
    for key in ("separator",):
        if len(table.get(key, ",")) != 1:
            notes.note(("file", key), Text("须是一个字符", "must be one character"), Text('如 ","', 'such as ","'))
    name = table.get("name", "{time}.csv")
    for word in re.findall(r"\{([^}]*)\}", name):
        if word not in {"time", *(OWN + one for one in own)}:
            what = Text(f"文件名中不能有 {{{word}}}", f"a name cannot hold {{{word}}}")
            notes.note(("file", "name"), what, Text("可用 {time}、{own.…}", "use {time} or {own.…}"))
    if "/" in name or "\\" in name:
        notes.note(
            ("file", "name"), Text("文件名不能含斜线", "a name holds no slash"), Text("去掉斜线", "leave it out")
        )
    if "{time}" not in name:
        notes.note(("file", "name"), Text("文件名须含 {time}", "the name needs {time}"),
                   Text("否则后一个文件会盖掉前一个", "else each file would replace the one before"))  # fmt: skip
    return File(**table)


def _response(values: dict[str, Any], notes: Notes) -> Response | None:
    if "response" not in values:
        return None
    table = notes.table(values, ("response",), _RESPONSE, required=True)
    if "{stem}" not in table.get("name", "{stem}"):
        notes.note(("response", "name"), Text("须含 {stem}", "must hold {stem}"),
                   Text("{stem} 是所送文件的名称，不含扩展名",
                        "{stem} is the name of the file that was sent, without its ending"))  # fmt: skip
    if ("status" in table) != ("good" in table):
        notes.note(("response",), Text("status 与 good 须一起给出", "status and good go together"),
                   Text("补上另一个", "give the other one too"))  # fmt: skip
    if notes.problems:
        return None
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    return Response(**given)
