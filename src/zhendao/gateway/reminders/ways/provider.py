"""A provider of texts, as a data file describes it: what is posted, and which answer means that it was taken.

Promise: a file is taken whole or refused with every fault, before anything starts; what is filled in cannot break out
of its field. A provider that acts on an id once (``once``) is asked again under the same id, any other never when it
may have sent the text. docs/reminders.md, "Texts". rule: REMIND
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from string import Template
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from zhendao.command.errors import SettingsError
from zhendao.command.kinds import BadValueError, Choice, Switch, Words
from zhendao.command.settings import check
from zhendao.gateway.outward.answers import Answer, Response, Verdict, by_status, cut
from zhendao.gateway.reminders.errors import ReminderError
from zhendao.gateway.reminders.message import Form
from zhendao.gateway.reminders.ways.way import Letter, Request
from zhendao.protocol.wording import Text

PLACES: Final = frozenset({"id", "phone", "text", "token", "name", "organisation", "terminal", "time", "day"})
_DEEPEST: Final = 3


@dataclass(frozen=True)
class Filled:
    """A table of texts with placeholders; a table within it is an object."""

    nested: bool = True

    def take(self, value: Any, folder: Path) -> Mapping[str, Any]:
        """Return the table."""
        del folder
        problem = self._problem(value, _DEEPEST if self.nested else 0)
        if problem is not None:
            raise BadValueError(problem)
        return dict(value)

    def _problem(self, value: Any, deep: int) -> Text | None:
        if not isinstance(value, dict) or not value:
            return Text("须是表", "must be a table")
        for key, one in value.items():
            if isinstance(one, dict) and deep > 0:
                problem = self._problem(one, deep - 1)
                if problem is not None:
                    return problem
                continue
            if not isinstance(one, str) or not one.isprintable() or not key.isprintable():
                return Text(f"{key} 须是一行文字", f"{key} must be one line of text")
            template = Template(one)
            strange = set(template.get_identifiers()) - PLACES if template.is_valid() else {"$"}
            if strange:
                words = ", ".join(sorted(strange))
                return Text(f"{key} 中没有占位符 {words}", f"{key}: there is no placeholder {words}")
        return None


@dataclass(frozen=True)
class Codes:
    """A list of texts."""

    def take(self, value: Any, folder: Path) -> tuple[str, ...]:
        """Return the texts."""
        del folder
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BadValueError(Text('须是文字的列表，如 ["0"]', 'must be a list of texts: ["0"]'))
        return tuple(value)


@dataclass(frozen=True)
class AnswerTable:
    """Which answer means what: of the member ``field``, ``taken`` and ``soon``; the others are refusals.

    ``words``: which members are kept in the log. Without ``field`` the status alone counts.
    """

    field: Annotated[str | None, Words(64)] = None
    taken: Annotated[tuple[str, ...], Codes()] = ()
    soon: Annotated[tuple[str, ...], Codes()] = ()
    words: Annotated[tuple[str, ...], Codes()] = ("status", "receipt", "reason")


@dataclass(frozen=True)
class ProviderTable:
    """A provider's file."""

    form: Annotated[str, Choice("json", "form")]
    once: Annotated[bool, Switch()]
    fields: Annotated[Mapping[str, Any], Filled()]
    headers: Annotated[Mapping[str, Any], Filled(nested=False)] = field(default_factory=dict)
    answer: AnswerTable = field(default_factory=AnswerTable)


def read_provider(name: str, folder: Path) -> ProviderTable:
    """Return the provider of a word (``plain``, ``yunpian``) or of a file. Raises `ReminderError`."""
    within = resources.files("zhendao.gateway.reminders").joinpath("providers", f"{name}.toml")
    try:
        known = name.isidentifier() and within.is_file()
        source = within.read_text("utf-8") if known else (folder / name).read_text("utf-8-sig")
        table = check(tomllib.loads(source), ProviderTable, name=name, folder=folder)
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(name, Text("无法读取", "cannot be read")) from error
    except tomllib.TOMLDecodeError as error:
        raise _refusal(name, Text(f"不是有效的 TOML（{error}）", f"is not valid TOML ({error})")) from error
    except SettingsError as error:
        raise _refusal(name, error.what) from error
    placed = " ".join(_texts(table.fields))
    if "${phone}" not in placed or not any(f"${{{one}}}" in placed for one in ("text", "name", "time")):
        raise _refusal(name, Text("fields 中须有 ${phone} 与 ${text}", "fields must have ${phone} and ${text}"))
    if table.once and "${id}" not in " ".join((placed, *_texts(table.headers))):
        raise _refusal(name, Text("once 须送出 ${id}", "once needs ${id} to be sent"))
    if (table.answer.field is None) != (not table.answer.taken):
        raise _refusal(name, Text("answer 的 field 与 taken 须一起给出", "answer: field and taken go together"))
    return table


def _texts(table: Mapping[str, Any]) -> list[str]:
    return [text for one in table.values() for text in (_texts(one) if isinstance(one, dict) else [one])]


def _refusal(name: str, what: Text) -> ReminderError:
    return ReminderError(
        Text(f"短信服务商 {name}：{what.zh}", f"provider {name}: {what.en}"),
        Text("见 docs/reminders.md 的短信", "see docs/reminders.md, Texts"),
    )


class Provider:
    """The provider at ``url``, who knows us by ``token``."""

    form: Form | None = None

    def __init__(self, table: ProviderTable, url: str, token: str) -> None:
        self._table, self._url, self._token = table, url, token
        self.once = table.once

    def request(self, letter: Letter, at_ms: int) -> Request:
        """Return what is posted, at whatever time."""
        del at_ms
        values = dict.fromkeys(PLACES, "") | dict(letter.parts or {})
        values |= {"id": letter.message_id, "phone": letter.phone, "text": letter.text, "token": self._token}
        headers = {name: Template(text).substitute(values) for name, text in self._table.headers.items()}
        fields = _filled(self._table.fields, values)
        if self._table.form == "json":
            return Request(self._url, headers, json.dumps(fields, ensure_ascii=False).encode())
        flat = {
            name: json.dumps(one, ensure_ascii=False) if isinstance(one, dict) else one for name, one in fields.items()
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return Request(self._url, {**kind, **headers}, urlencode(flat).encode())

    def read(self, response: Response) -> Answer:
        """Return what an answer means; what has not the member that counts is told by its status."""
        table, given = self._table.answer, response.json()
        answer = by_status(response, table.words)
        if table.field is None or not isinstance(given, dict) or table.field not in given:
            if table.field is not None and answer.verdict is Verdict.TAKEN:
                return Answer(Verdict.FAILED, f"{response.status} without {table.field}", unsure=True)
            return answer
        code = str(given[table.field])
        if code in table.taken:
            return Answer(Verdict.TAKEN, answer.detail)
        if code in table.soon or answer.verdict is Verdict.FAILED:
            return Answer(Verdict.FAILED, answer.detail, answer.asked_ms, unsure=code not in table.soon)
        return Answer(Verdict.REFUSED, cut(answer.detail))


def _filled(table: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: _filled(one, values) if isinstance(one, dict) else Template(one).substitute(values)
        for name, one in table.items()
    }
