"""`zhendao-verify FILE`: a file of evidence, examined with a root certificate alone, told in plain words.

Exit code 0: everything holds; 1: something does not, and is named; 2: wrong use.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from zhendao.command.output import emit_json, line
from zhendao.protocol.bundle import MAX_BUNDLE_BYTES
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import MalformedError, ProtocolError
from zhendao.protocol.loghead import LogHead, check_head, open_head
from zhendao.protocol.revocation import LIST_BYTES
from zhendao.protocol.wording import Language, Text
from zhendao.verifier import given
from zhendao.verifier.bundle.examining import Examined, examine_evidence
from zhendao.verifier.bundle.kept import in_order
from zhendao.verifier.bundle.reasons import why
from zhendao.verifier.bundle.telling import UNPROVED, shown, summary
from zhendao.verifier.errors import UnreadableFileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

HEADS_BYTES = 1 << 30


def evidence_file(arguments: argparse.Namespace, language: Language) -> int:
    """Examine a file of evidence; print each step, what it comes to, and what is not proved."""
    root = given.certificate(arguments.root)
    _check_root(arguments.root, root)
    lists = [given.read(path, LIST_BYTES) for path in arguments.revoked]
    kept = [one for path in arguments.heads for one, _ in heads_in(path)] if arguments.heads else None
    data = given.read(arguments.file, MAX_BUNDLE_BYTES + LIST_BYTES)
    found = examine_evidence(data, root, lists, kept)
    if arguments.page is not None:
        _write_page(arguments.page, found, data)
    if arguments.json:
        emit_json(_plain(found, language))
        return 0 if found.holds else 1
    for one in found.findings:
        line(shown(f"{'✓' if one.holds else '✗'} {one.text.in_(language)}"))
    if found.holds:
        for said in (*summary(found), *UNPROVED):
            line(shown(f"· {said.in_(language)}"))
    return 0 if found.holds else 1


def _plain(found: Examined, language: Language) -> dict[str, Any]:
    return {
        "holds": found.holds,
        "steps": [{"step": one.step, "holds": one.holds, "text": one.text.in_(language)} for one in found.findings],
        "proved": [one.in_(language) for one in summary(found)] if found.holds else [],
        "not_proved": [one.in_(language) for one in UNPROVED],
        "record": found.record if found.holds else None,
    }


def heads_file(arguments: argparse.Namespace, language: Language) -> int:
    """Examine heads of a gateway's log that were kept: each signed, each going on from one before, one history."""
    root = given.certificate(arguments.root)
    _check_root(arguments.root, root)
    several: list[LogHead] = []
    count = 0
    for path in arguments.file:
        last: LogHead | None = None
        for number, (data, told) in enumerate(heads_in(path), 1):
            try:
                head = _head(data, told, root)
                _goes_on(last, head)
            except ProtocolError as error:
                said = Text(
                    f"{path} 第 {number} 行不成立：{why(error).zh}",
                    f"{path}, line {number}, does not hold: {error.detail}",
                )
                return _told(said, language, {"holds": False, "line": number, "heads": count}, arguments)
            several.append(head)
            last, count = head, count + 1
        if last is None:
            raise UnreadableFileError(path, Text("没有日志头", "no heads"))
    try:
        newest = in_order(several)[-1]
    except ProtocolError as error:
        said = Text(f"各份日志头不属于同一历史：{why(error).zh}", f"they are not one history: {error.detail}")
        return _told(said, language, {"holds": False, "heads": count}, arguments)
    when = _china(newest.made_ms)
    said = Text(
        f"{count} 个日志头均由可信的网关签署，逐一相接：截至 {when} 共 {newest.size} 项，其间无一被塞入、改动或取走",
        f"{count} heads are signed by a trusted gateway, each going on from the one before: {newest.size} entries as "
        f"of {when}, none of them slipped in, changed or taken out in between",
    )
    told_plain = {"holds": True, "heads": count, "size": newest.size, "root": newest.root.hex()}
    return _told(said, language, told_plain, arguments)


def _head(data: bytes, told: dict[str, Any], root: bytes) -> LogHead:
    """Return the head if it is signed, and what can be read beside it is what it says. Raises `ProtocolError`."""
    from zhendao.protocol.chain import TrustStore  # noqa: PLC0415 - loads OpenSSL's own bindings

    signed = open_head(data)
    head = check_head(signed, TrustStore([root], list(signed.issuing)))
    if (told.get("tenant"), told.get("size"), told.get("root")) != (head.tenant, head.size, head.root.hex()):
        raise MalformedError("log-head", "what can be read in it is not what is signed")
    return head


def _goes_on(last: LogHead | None, head: LogHead) -> None:
    if last is None:
        return
    if (head.before, head.former, head.tenant) != (last.size, last.root, last.tenant):
        raise ProtocolError("log-forked", f"it does not go on from the head of {last.size} entries before it")


def _told(said: Text, language: Language, plain: dict[str, Any], arguments: argparse.Namespace) -> int:
    holds = bool(plain["holds"])
    if arguments.json:
        emit_json(plain | {"text": said.in_(language)})
    else:
        line(shown(f"{'✓' if holds else '✗'} {said.in_(language)}"))
    return 0 if holds else 1


def heads_in(path: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Give the heads in a file of JSON lines, each with what can be read beside it. Raises `UnreadableFileError`."""
    for number, text in enumerate(given.read(path, HEADS_BYTES).splitlines(), 1):
        try:
            told = json.loads(text)
            yield bytes.fromhex(told["head"]), told
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            said = Text(f"第 {number} 行不是日志头", f"line {number} is no head of a log")
            raise UnreadableFileError(path, said) from error


def _check_root(path: Path, der: bytes) -> None:
    try:
        if Certificate.parse(der).role == "root":
            return
    except ProtocolError as error:
        raise UnreadableFileError(path, Text(f"不是可用的证书（{error.detail}）", error.detail)) from error
    raise UnreadableFileError(path, Text("不是根证书", "not a root certificate"))


def _write_page(path: Path, found: Examined, data: bytes) -> None:
    from zhendao.verifier.bundle.page import draw  # noqa: PLC0415 - brings an imaging library

    try:
        path.write_bytes(draw(found, data))
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from error


def _china(ms: int) -> str:
    zone = timezone(timedelta(hours=8), "UTC+8")
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M} UTC+8"
