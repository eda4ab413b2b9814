"""The table ``[[forward]]`` of the settings file: a platform, and the kind of way that leads to it.

Promise: what one kind needs and another does not know is told as a line of its own, before anything is opened; two
tables never name the same platform, for answers are kept under its name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, urlsplit

from zhendao.command.kinds import BadValueError, Choice, Integer, Switch, Url, Words, is_loopback
from zhendao.protocol.wording import Text

SCHEMES: Final = {
    "https": ("https", "http"),
    "file": ("file",),
    "sftp": ("sftp",),
    "nats": ("tls", "nats"),
    "kafka": ("kafkas", "kafka"),
    "sandata": ("https", "http"),
    "zkteco": ("https", "http"),
}
"""The kinds there are, and how an address of each begins."""
TYPES: Final = ("visit", "event", "meal", "note", "log-head")
"""The types of records that a gateway owes."""
FORMS: Final = ("jsonl", "csv", "xlsx")
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9_-]{1,64}){1,8}/?")
_TOPIC: Final = re.compile(r"/[A-Za-z0-9._-]{1,249}")
OF_THEIR_OWN: Final = ("sandata", "zkteco")
"""Kinds with a protocol of their own, which carries no other records; the mapping of this name where none is named."""
OF_A_KIND: Final = {
    "sign": ("https",),
    "token_file": ("https", "sftp", "nats", "sandata"),
    "ca": ("https", "nats", "kafka", "sandata", "zkteco"),
    "form": ("file", "sftp"),
    "known_hosts": ("sftp",),
    "key_file": ("sftp",),
    "mapping": ("https", "file", "sftp", "sandata", "zkteco"),
    "own": ("https", "file", "sftp", "sandata", "zkteco"),
    "test": ("file", "sftp"),
    "responses": ("file", "sftp"),
    "poll_s": ("file", "sftp", "sandata"),
    "answer_s": ("file", "sftp", "sandata"),
}
"""Keys that only some kinds know."""


@dataclass(frozen=True)
class Types:
    """A list of types of records."""

    def take(self, value: Any, folder: Path) -> tuple[str, ...]:
        """Return the types, each once."""
        del folder
        if not isinstance(value, list) or not value or not all(one in TYPES for one in value):
            words = ", ".join(TYPES)
            raise BadValueError(Text(f'须是列表，可用 {words}，如 ["visit"]', f'must be a list of {words}: ["visit"]'))
        return tuple(dict.fromkeys(value))


@dataclass(frozen=True)
class MappingName:
    """A mapping that comes with the gateway, by its name, or the path of a mapping file."""

    def take(self, value: Any, folder: Path) -> str:
        """Return the name, or the absolute path."""
        if not isinstance(value, str) or not value or not value.isprintable():
            raise BadValueError(
                Text("须是映射的名称或文件路径", "must be the name of a mapping, or the path of a file")
            )
        return value if "/" not in value and not value.endswith(".toml") else str(folder / Path(value).expanduser())


@dataclass(frozen=True)
class Own:
    """What a mapping's ``[own]`` leaves to be filled in: a table of texts."""

    def take(self, value: Any, folder: Path) -> tuple[tuple[str, str], ...]:
        """Return names and texts."""
        del folder
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise BadValueError(Text('须是文本的表，如 { tax_id = "…" }', 'must be a table of texts: { tax_id = "…" }'))
        return tuple(sorted(value.items()))


@dataclass(frozen=True)
class ForwardTable:
    """A platform to which records are owed; ``token_file`` holds its bearer token or password.

    ``types``: only records of these.
    ``sign``: bodies are signed. ``form``: of files. ``known_hosts``, ``key_file``: of SSH. ``mapping`` and ``own``: in
    whose words. ``responses``: the folder of answers to files, looked for every ``poll_s`` for ``answer_s`` at most.
    ``again_s``: what was refused for a reason that passes goes again after it.
    """

    kind: Annotated[str, Choice(*SCHEMES)]
    url: Annotated[str, Url(*(scheme for schemes in SCHEMES.values() for scheme in schemes))]
    token_file: Path | None = None
    ca: Path | None = None
    sign: Annotated[bool, Switch()] = False
    types: Annotated[tuple[str, ...] | None, Types()] = None
    form: Annotated[str | None, Choice(*FORMS)] = None
    known_hosts: Path | None = None
    key_file: Path | None = None
    mapping: Annotated[str | None, MappingName()] = None
    own: Annotated[tuple[tuple[str, str], ...], Own()] = ()
    test: Annotated[bool, Switch()] = False
    responses: Annotated[str | None, Words()] = None
    poll_s: Annotated[int | None, Integer(1, 3_600)] = None
    answer_s: Annotated[int | None, Integer(10, 604_800)] = None
    again_s: Annotated[int, Integer(1, 86_400)] = 300

    @property
    def format(self) -> str | None:
        """Return in whose words records are told: the mapping that is named, or that of the kind."""
        return self.mapping if self.kind not in OF_THEIR_OWN else self.mapping or self.kind

    @property
    def destination(self) -> str:
        """Return the name under which the platform's answers are kept."""
        return destination_of(self.url)


def destination_of(url: str) -> str:
    """Return ``url`` without user, query and fragment: the name of the platform, without what may be secret."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def problems_of(tables: Sequence[ForwardTable], path: Path) -> list[Text]:
    """Return what is wrong between the keys of the tables, one line each."""
    found = []
    names = [table.destination for table in tables]
    for number, table in enumerate(tables, 1):
        said = [_url(table)] if urlsplit(table.url).scheme not in SCHEMES[table.kind] else []
        said += [
            Text(f"{key} 不适用于 {table.kind}", f"{key} is not known to {table.kind}")
            for key, kinds in OF_A_KIND.items()
            if getattr(table, key) and table.kind not in kinds
        ]
        said += _missing(table)
        said += _of_words(table)
        if table.destination in names[: number - 1]:
            said.append(Text("url 与前面的重复", "url is there twice"))
        where = f"{path}: [[forward]] {number}: "
        found += [Text(where + one.zh, where + one.en) for one in said]
    return found


def _of_words(table: ForwardTable) -> list[Text]:
    """Return what is wrong with the mapping of a table, and what it still lacks."""
    if table.format is None:
        names = [name for name in ("own", "test", "responses", "poll_s", "answer_s") if getattr(table, name)]
        return [Text(f"{one} 须与 mapping 一起", f"{one} goes with a mapping alone") for one in names]
    from zhendao.gateway.formats.errors import FormatsError  # noqa: PLC0415 - only where a table names a mapping
    from zhendao.gateway.formats.shipped import mapping_of  # noqa: PLC0415 - as above

    try:
        found = mapping_of(table.format)
    except FormatsError as error:
        lines = zip(error.what.zh.splitlines(), error.what.en.splitlines(), strict=True)
        return [Text(f"mapping：{zh}", f"mapping: {en}") for zh, en in lines]
    said = []
    if table.form is not None:
        said.append(Text("form 与 mapping 只能取其一", "form and mapping do not go together"))
    own = dict(table.own)
    said += [
        Text(f"own：映射的 [own] 中没有 {name}", f"own: the mapping's [own] has no {name}")
        for name in sorted(set(own) - set(found.own))
    ]
    said += [Text(f"own：缺少 {name}", f"own: {name} is missing") for name in found.with_own(own).lacking()]
    if table.responses is not None and found.response is None:
        said.append(Text("responses：该映射没有 [response]", "responses: the mapping has no [response]"))
    return said + _fitting(table, found.shape, found.service)


def _fitting(table: ForwardTable, shape: str, service: Mapping[str, str]) -> list[Text]:
    needs = {"sandata": ("elders", "caregivers", "visits", "status"), "zkteco": ("serial",)}.get(table.kind, ())
    said = [
        Text(f"mapping：[service] 缺少 {one}", f"mapping: [service] lacks {one}") for one in needs if one not in service
    ]
    wanted = {"sandata": "tree", "https": shape}.get(table.kind, "rows")
    if shape != wanted:
        said.append(Text(f"mapping：{table.kind} 须用 {wanted}", f"mapping: {table.kind} needs the shape {wanted}"))
    return said


def _missing(table: ForwardTable) -> list[Text]:
    """Return what an address of its kind lacks, and what the kind cannot do without."""
    parts = urlsplit(table.url)
    return _OF_KIND.get(table.kind, _nothing)(table, parts)


def _nothing(_table: ForwardTable, _parts: SplitResult) -> list[Text]:
    return []


def _file(_table: ForwardTable, parts: SplitResult) -> list[Text]:
    if not parts.netloc and parts.path.startswith("/"):
        return []
    return [
        Text("url 须是 file:/// 加绝对路径", "url must be file:/// and an absolute path, such as file:///srv/handover")
    ]


def _nats(_table: ForwardTable, parts: SplitResult) -> list[Text]:
    said = _plain(parts, "nats", "tls")
    if "@" in parts.netloc or not parts.hostname or not _PREFIX.fullmatch(parts.path):
        said.append(
            Text(
                "url 须是 tls://主机:端口/主题前缀，不含用户名与密码",
                "url must be tls://HOST:PORT/PREFIX of the subjects, without user and password",
            )
        )
    return said


def _kafka(_table: ForwardTable, parts: SplitResult) -> list[Text]:
    said = _plain(parts, "kafka", "kafkas")
    if "@" in parts.netloc or not parts.hostname or parts.port is None or not _TOPIC.fullmatch(parts.path):
        said.append(Text("url 须是 kafkas://主机:端口/主题", "url must be kafkas://HOST:PORT/TOPIC"))
    return said


def _plain(parts: SplitResult, plain: str, secure: str) -> list[Text]:
    if parts.scheme != plain or is_loopback(parts.hostname or ""):
        return []
    return [Text(f"未加密的 {plain}:// 只准用于本机", f"plain {plain}:// is for loopback only; use {secure}://")]


def _sftp(table: ForwardTable, parts: SplitResult) -> list[Text]:
    said = []
    if not parts.hostname or not parts.username or parts.password is not None or not parts.path:
        said.append(
            Text(
                "url 须是 sftp://用户@主机/文件夹，不含密码", "url must be sftp://USER@HOST/FOLDER, without a password"
            )
        )
    if table.known_hosts is None:
        said.append(Text("sftp 须有 known_hosts", "sftp needs known_hosts: the key of the server"))
    if table.key_file is None and table.token_file is None:
        said.append(Text("sftp 须有 key_file 或 token_file", "sftp needs key_file, or token_file with a password"))
    return said


_OF_KIND: Final = {"file": _file, "nats": _nats, "kafka": _kafka, "sftp": _sftp}


def _url(table: ForwardTable) -> Text:
    schemes = ", ".join(f"{scheme}://" for scheme in SCHEMES[table.kind])
    return Text(f"url：{table.kind} 的地址须是 {schemes}", f"url of kind {table.kind} must be {schemes}")
