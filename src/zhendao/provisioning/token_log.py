"""Which tokens were written to which tags: `tokens/tokens.jsonl` in the authority's folder, appended, never changed.

Promise: a token is in this file, forced to the disk, before its first byte goes to a tag; whatever happens then, its
signature exists nowhere without a line here. `written` follows once the tag was read back and compared.
"""

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from zhendao.protocol.vocabulary import Role
from zhendao.provisioning.errors import FolderUnusableError

FILE = "tokens/tokens.jsonl"
State = Literal["writing", "written", "failed"]


@dataclass(frozen=True, slots=True)
class Issued:
    """One token: dates are seconds since 1970 UTC, both included."""

    token_id: bytes
    role: Role
    uid: bytes
    not_before_s: int
    not_after_s: int


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
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FolderUnusableError(path, error.strerror or str(error)) from error
