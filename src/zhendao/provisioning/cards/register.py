"""The registry's table of tokens (标签.csv) out of the token log, as `zhendao-gateway registry load` takes it.

Promise: every token that somebody holds, or held, has its row; one that was revoked, replaced or wiped has an end, by
which the gateway puts it on the terminals' blocklist. The file is there whole or not at all. Names are not in it.
"""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from zhendao.protocol.vocabulary import Role
from zhendao.provisioning import token_log
from zhendao.provisioning.cards.holdings import Held, Holdings, holdings
from zhendao.provisioning.folders import SECRET, write_file

FILE: Final = "registry/标签.csv"
HEADERS: Final = ("标签编号", "芯片号", "角色", "持有者编号", "有效期起", "有效期止")
ROLES: Final = {Role.DOOR: "门牌", Role.CAREGIVER: "护理员", Role.ELDER: "老人", Role.ENGINEER: "工程"}


def rows(now: Holdings) -> list[tuple[str, ...]]:
    """Return the rows of all tokens with a holder; a spare one is nobody's yet."""
    over = [_row(one.held, one.until_s) for one in now.ended if one.held.holder]
    return [*over, *(_row(held, None) for held in now.by_token.values() if held.holder)]


def table(lines: Iterable[tuple[str, ...]]) -> bytes:
    """Return the table as CSV in UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADERS)
    writer.writerows(lines)
    return text.getvalue().encode()


def write_registry(folder: Path) -> Path:
    """Write the table into the authority's folder; return where. Raises FolderUnusableError."""
    path = folder / FILE
    write_file(path, table(rows(holdings(token_log.read(folder), ()))), SECRET)
    return path


def _row(held: Held, until_s: int | None) -> tuple[str, ...]:
    token = held.token
    since_s = held.since_s if until_s is None else min(held.since_s, until_s - 1)  # a row that holds at no time is none
    until = "" if until_s is None else _moment(until_s)
    return (token.token_id.hex(), token.uid.hex(), ROLES[token.role], held.holder, _moment(since_s), until)


def _moment(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()
