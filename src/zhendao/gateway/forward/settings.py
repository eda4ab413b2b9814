"""The table ``[[forward]]`` of the settings file: a platform, and the kind of way that leads to it.

Promise: what one kind needs and another does not know is told as a line of its own, before anything is opened; two
tables never name the same platform, for answers are kept under its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from zhendao.command.kinds import Choice, Switch, Url
from zhendao.protocol.wording import Text

SCHEMES: Final = {"https": ("https", "http")}
"""The kinds there are, and how an address of each begins."""
OF_A_KIND: Final = {"sign": ("https",), "token_file": ("https",), "ca": ("https",)}
"""Keys that only some kinds know."""


@dataclass(frozen=True)
class ForwardTable:
    """A platform to which records are owed; ``token_file`` holds its bearer token, ``sign``: bodies are signed."""

    kind: Annotated[str, Choice(*SCHEMES)]
    url: Annotated[str, Url(*(scheme for schemes in SCHEMES.values() for scheme in schemes))]
    token_file: Path | None = None
    ca: Path | None = None
    sign: Annotated[bool, Switch()] = False

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
        if table.destination in names[: number - 1]:
            said.append(Text("url 与前面的重复", "url is there twice"))
        where = f"{path}: [[forward]] {number}: "
        found += [Text(where + one.zh, where + one.en) for one in said]
    return found


def _url(table: ForwardTable) -> Text:
    schemes = ", ".join(f"{scheme}://" for scheme in SCHEMES[table.kind])
    return Text(f"url：{table.kind} 的地址须是 {schemes}", f"url of kind {table.kind} must be {schemes}")
