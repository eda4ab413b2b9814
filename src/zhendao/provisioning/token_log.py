"""Which tokens were written to which tags: `tokens/tokens.jsonl` in the authority's folder, appended, never changed.

Promise: a token is in this file, forced to the disk, before its first byte goes to a tag; whatever happens then, its
signature exists nowhere without a line here. `written` follows once the tag was read back and compared; `blank` when it
was made empty again, `given` when a spare one got a holder, `revoked` when it is to open nothing any more.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from zhendao.protocol.vocabulary import Role
from zhendao.provisioning.errors import FolderUnusableError
from zhendao.provisioning.folders import append_line

FILE = "tokens/tokens.jsonl"
State = Literal["writing", "written", "failed", "blank", "given", "revoked"]


@dataclass(frozen=True, slots=True)
class Issued:
    """One token: dates are seconds since 1970 UTC, both included."""

    token_id: bytes
    role: Role
    uid: bytes
    not_before_s: int
    not_after_s: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``facts``: what it says beside (holder, reason, replaces …)."""

    at_s: int
    state: State
    token: Issued
    facts: dict[str, str]


def append(folder: Path, state: State, token: Issued, at_s: int, **facts: str) -> None:
    """Write one line and wait until the disk has it.

    Raises:
        FolderUnusableError: the disk says no.
    """
    path = folder / FILE
    line = {
        "at": datetime.fromtimestamp(at_s, UTC).isoformat(),
        "state": state,
        "token_id": token.token_id.hex(),
        "role": token.role.name.lower(),
        "uid": token.uid.hex(),
        "not_before_s": token.not_before_s,
        "not_after_s": token.not_after_s,
        **facts,
    }
    append_line(path, json.dumps(line, ensure_ascii=False).encode())


def read(folder: Path) -> list[Entry]:
    """Return all lines that can be read, oldest first; a line that a crash cut off stands for nothing that was done.

    Raises:
        FolderUnusableError: the file cannot be read.
    """
    path = folder / FILE
    try:
        lines = path.read_bytes().splitlines() if path.exists() else []
    except OSError as error:
        raise FolderUnusableError(path, error.strerror or str(error)) from error
    return [entry for line in lines if (entry := _entry(line)) is not None]


def _entry(line: bytes) -> Entry | None:
    try:
        said: dict[str, Any] = json.loads(line)
        token = Issued(
            bytes.fromhex(said.pop("token_id")),
            Role[said.pop("role").upper()],
            bytes.fromhex(said.pop("uid")),
            int(said.pop("not_before_s")),
            int(said.pop("not_after_s")),
        )
        state, at_s = said.pop("state"), int(datetime.fromisoformat(said.pop("at")).timestamp())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if state not in get_args(State):
        return None
    return Entry(at_s, state, token, {name: str(value) for name, value in said.items()})
