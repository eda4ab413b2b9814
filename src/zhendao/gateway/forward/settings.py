"""The table ``[[forward]]`` of the settings file: a platform, and the kind of way that leads to it.

Promise: what one kind needs and another does not know is told as a line of its own, before anything is opened; two
tables never name the same platform, for answers are kept under its name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, urlsplit

from zhendao.command.kinds import BadValueError, Choice, Switch, Url, is_loopback
from zhendao.protocol.wording import Text

SCHEMES: Final = {
    "https": ("https", "http"),
    "file": ("file",),
    "sftp": ("sftp",),
    "nats": ("tls", "nats"),
    "kafka": ("kafkas", "kafka"),
}
"""The kinds there are, and how an address of each begins."""
TYPES: Final = ("visit", "event", "meal", "log-head")
"""The types of records that a gateway owes."""
FORMS: Final = ("jsonl", "csv", "xlsx")
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9_-]{1,64}){1,8}/?")
_TOPIC: Final = re.compile(r"/[A-Za-z0-9._-]{1,249}")
OF_A_KIND: Final = {
    "sign": ("https",),
    "token_file": ("https", "sftp", "nats"),
    "ca": ("https", "nats", "kafka"),
    "form": ("file", "sftp"),
    "known_hosts": ("sftp",),
    "key_file": ("sftp",),
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
class ForwardTable:
    """A platform to which records are owed; ``token_file`` holds its bearer token or password.

    ``types``: only records of these.
    ``sign``: bodies are signed. ``form``: of files. ``known_hosts``, ``key_file``: of SSH.
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
        if table.destination in names[: number - 1]:
            said.append(Text("url 与前面的重复", "url is there twice"))
        where = f"{path}: [[forward]] {number}: "
        found += [Text(where + one.zh, where + one.en) for one in said]
    return found


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
