"""Settings files (TOML), read strictly into frozen dataclasses.

Promise: every unknown key, missing key and bad value is told, one clear line each, all of them at once, before
anything is opened. What a dataclass does not name cannot be set; a field with a default may be left out.

A table is a frozen dataclass: ``port: Annotated[int, Integer(1, 65535)] = 8883``; plain ``str``, ``Path``, ``bool``
mean `Words`, `File`, `Switch`; another dataclass is a table, ``tuple[Table, ...]`` an array of tables,
``X | None`` may be absent.
"""

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from zhendao.command.errors import SettingsError
from zhendao.command.kinds import BadValueError, File, Kind, Switch, Words
from zhendao.protocol.wording import Text

_T = TypeVar("_T")

_PLAIN: dict[Any, Kind] = {str: Words(), Path: File(), bool: Switch()}


def read(path: Path, shape: type[_T]) -> _T:
    """Read the TOML file ``path`` into an instance of ``shape``. Raises `SettingsError` with every problem."""
    return check(_load(path), shape, name=str(path), folder=path.absolute().parent)


def check(values: Mapping[str, Any], shape: type[_T], *, name: str, folder: Path) -> _T:
    """Check decoded TOML ``values`` as `read` does; ``name`` is what messages call the file."""
    reader = _Reader(folder, [])
    found: _T | None = reader.table(values, shape, _Place(name, ()))
    if found is None:
        raise SettingsError(reader.problems)
    return found


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))  # some editors put a mark in front
    except FileNotFoundError:
        problem = Text(f"{path}：没有这个文件", f"{path}: there is no such file")
    except OSError as error:
        problem = Text(f"{path}：无法读取（{error.strerror}）", f"{path}: cannot be read ({error.strerror})")
    except UnicodeDecodeError:
        problem = Text(f"{path}：不是 UTF-8 文本", f"{path}: is not UTF-8 text")
    except RecursionError:
        problem = Text(f"{path}：嵌套过深", f"{path}: is nested too deeply")
    except tomllib.TOMLDecodeError as error:
        problem = Text(f"{path}：不是有效的 TOML（{error}）", f"{path}: is not valid TOML ({error})")
    raise SettingsError([problem])


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where in a file a key stands, for messages: ``gateway.toml: [[forward]] 2: kind``."""

    file: str
    tables: tuple[str, ...]

    def inside(self, table: str) -> "_Place":
        return _Place(self.file, (*self.tables, table))

    def say(self, key: str, text: Text) -> Text:
        shown = key if key.isprintable() and key else repr(key)  # a quoted key may hold a line break
        start = ": ".join((self.file, *self.tables, shown))
        return Text(f"{start} {text.zh}", f"{start} {text.en}")


@dataclasses.dataclass(frozen=True)
class _Reader:
    """Turns tables into dataclasses and gathers what is wrong on the way."""

    folder: Path
    problems: list[Text]

    def table(self, values: Mapping[str, Any], shape: Any, place: _Place) -> Any:
        fields = {field.name: field for field in dataclasses.fields(shape) if field.init}
        hints = typing.get_type_hints(shape, include_extras=True)
        before = len(self.problems)
        for key in values:
            if key not in fields:
                import difflib  # noqa: PLC0415 - only where something is wrong

                near = difflib.get_close_matches(key, fields, 1)
                zh, en = (f"，是否指 {near[0]}？", f", did you mean {near[0]}?") if near else ("", "")
                self.problems.append(place.say(key, Text(f"没有这个设置项{zh}", f"is not a setting{en}")))
        given: dict[str, Any] = {}
        for key, field in fields.items():
            if key in values:
                given[key] = self._value(values[key], hints[key], key, place)
            elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                self.problems.append(place.say(_bracketed(key, hints[key]), Text("缺少", "is missing")))
        return shape(**given) if len(self.problems) == before else None

    def _value(self, value: Any, hint: Any, key: str, place: _Place) -> Any:
        hint = _without_none(hint)
        row = _row_shape(hint)
        if row is not None:
            if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
                return self._refuse(place, key, Text(f"须写成 [[{key}]]", f"must be written as [[{key}]]"))
            return tuple(self.table(one, row, place.inside(f"[[{key}]] {n}")) for n, one in enumerate(value, 1))
        if dataclasses.is_dataclass(hint):
            if not isinstance(value, dict):
                return self._refuse(place, key, Text(f"须写成 [{key}]", f"must be written as [{key}]"))
            return self.table(value, hint, place.inside(f"[{key}]"))
        try:
            return _kind(hint).take(value, self.folder)
        except BadValueError as error:
            return self._refuse(place, key, error.text)

    def _refuse(self, place: _Place, key: str, text: Text) -> None:
        self.problems.append(place.say(key, text))


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        (hint,) = (one for one in typing.get_args(hint) if one is not type(None))
    return hint


def _row_shape(hint: Any) -> Any:
    """Return the dataclass of an array of tables, None for any other kind of field."""
    arguments = typing.get_args(hint)
    return arguments[0] if typing.get_origin(hint) is tuple and dataclasses.is_dataclass(arguments[0]) else None


def _kind(hint: Any) -> Kind:
    if typing.get_origin(hint) is typing.Annotated:
        kind: Kind = typing.get_args(hint)[1]
        return kind
    return _PLAIN[hint]


def _bracketed(key: str, hint: Any) -> str:
    hint = _without_none(hint)
    if _row_shape(hint) is not None:
        return f"[[{key}]]"
    return f"[{key}]" if dataclasses.is_dataclass(hint) else key
