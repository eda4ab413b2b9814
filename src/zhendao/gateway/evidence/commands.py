"""`zhendao-gateway evidence` and `log head`: beside a running gateway or without one.

Promise: a file is there whole or not at all, readable by its owner alone; that it was made is in the log of accesses
before anybody can read it. rule: EVIDENCE, PIPL
"""

import argparse
import getpass
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhendao.command.output import emit_json, line
from zhendao.gateway.api.desk import Desk
from zhendao.gateway.api.local import LOCAL
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.config import read_config
from zhendao.gateway.evidence.errors import EvidenceError
from zhendao.gateway.evidence.heads import FILE, Heads, newest, write_file
from zhendao.gateway.evidence.making import Maker
from zhendao.gateway.keyring import load_keyring
from zhendao.gateway.retention.book import Holds
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text


def evidence_command(arguments: argparse.Namespace, language: Language) -> int:
    """Write the evidence of a visit."""
    config = read_config(Path(arguments.config))
    keyring = load_keyring(config.keys)
    now_ms = time.time_ns() // 1_000_000
    with _fresh(arguments.out) as descriptor, opened(config) as (store, key):
        heads = Heads(keyring, key, forward=bool(config.forward))
        data = Maker(store, key, keyring, config.keys, heads).make(arguments.visit, now_ms)
        with store.writing() as connection:
            asked = f"by={_user()}&visit={arguments.visit.hex()}"
            Desk.enter(connection, Bearer(LOCAL, "shell"), "evidence", asked, items=1)
            # Somebody asks for it as evidence: it is kept until a person releases it (retention release).
            Holds(key).add(connection, "visit", arguments.visit.hex(), "evidence 取证", _user(), now_ms)
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with store.reading() as connection:
            write_file(connection, config.data_dir / FILE)
    if arguments.json:
        emit_json({"file": str(arguments.out), "bytes": len(data), "visit": arguments.visit.hex()})
    else:
        said = Text(f"已写入 {arguments.out}（{len(data)} 字节）", f"written: {arguments.out} ({len(data)} bytes)")
        line(said.in_(language))
    return 0


def log_head_command(arguments: argparse.Namespace, language: Language) -> int:
    """Sign the head of the log, and give away those that the file lacks."""
    config = read_config(Path(arguments.config))
    keyring = load_keyring(config.keys)
    path = arguments.out or config.data_dir / FILE
    with opened(config) as (store, key):
        Heads(keyring, key, forward=bool(config.forward)).make(store, time.time_ns() // 1_000_000)
        with store.reading() as connection:
            written, head = write_file(connection, path), newest(connection)
    size, root = (0, "") if head is None else (head.size, head.root.hex())
    if arguments.json:
        emit_json({"size": size, "root": root, "file": str(path), "written": written})
    else:
        said = Text(f"日志共 {size} 项，根 {root}；{path} 新增 {written} 行",
                    f"the log has {size} entries, root {root}; {written} lines added to {path}")  # fmt: skip
        line(said.in_(language))
    return 0


@contextmanager
def _fresh(path: Path) -> Iterator[int]:
    """Give a new file, for its owner alone; it is taken away again where the block fails. Raises `EvidenceError`."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise EvidenceError(
            Text(f"无法写入 {path}：{error.strerror}", f"{path} cannot be written: {error.strerror}"),
            Text("换一个不存在的文件名", "name a file that is not there yet, in a folder that is"),
        ) from error
    try:
        yield descriptor
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
