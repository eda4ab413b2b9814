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
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.loghead import LogHead, check_head, open_head
from zhendao.protocol.revocation import LIST_BYTES
from zhendao.protocol.wording import Language, Text
from zhendao.verifier import given
from zhendao.verifier.bundle.examining import Examined, examine_evidence
from zhendao.verifier.bundle.telling import UNPROVED, summary
from zhendao.verifier.errors import UnreadableFileError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

HEADS_BYTES = 1 << 30


def evidence_file(arguments: argparse.Namespace, language: Language) -> int:
    """Examine a file of evidence; print each step, what it comes to, and what is not proved."""
    root = given.certificate(arguments.root)
    _check_root(arguments.root, root)
    lists = [given.read(path, LIST_BYTES) for path in arguments.revoked]
    kept = None if arguments.heads is None else [one for _, one in heads_in(arguments.heads)]
    data = given.read(arguments.file, MAX_BUNDLE_BYTES + LIST_BYTES)
    found = examine_evidence(data, root, lists, kept)
    if arguments.page is not None:
        _write_page(arguments.page, found, data)
    if arguments.json:
        emit_json(_plain(found, language))
        return 0 if found.holds else 1
    for one in found.findings:
        line(f"{'✓' if one.holds else '✗'} {one.text.in_(language)}")
    if found.holds:
        for said in (*summary(found), *UNPROVED):
            line(f"· {said.in_(language)}")
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
    """Examine heads of a gateway's log that somebody kept: each signed, each going on from one before."""
    from zhendao.protocol.chain import TrustStore  # noqa: PLC0415 - loads OpenSSL's own bindings

    root = given.certificate(arguments.root)
    _check_root(arguments.root, root)
    last: LogHead | None = None
    count = 0
    for number, data in heads_in(arguments.file):
        try:
            signed = open_head(data)
            head = check_head(signed, TrustStore([root], list(signed.issuing)))
            _goes_on(last, head)
        except ProtocolError as error:
            said = Text(f"第 {number} 行不成立：{error.detail}", f"line {number} does not hold: {error.detail}")
            return _told(said, language, {"holds": False, "line": number, "heads": count}, arguments)
        last, count = head, count + 1
    if last is None:
        raise UnreadableFileError(arguments.file, Text("没有日志头", "no heads").in_(language))
    when = _china(last.made_ms)
    said = Text(
        f"{count} 个日志头均由可信的网关签署，逐一相接：截至 {when} 共 {last.size} 项，其间无一被塞入、改动或取走",
        f"{count} heads are signed by a trusted gateway, each going on from the one before: {last.size} entries as of "
        f"{when}, none of them slipped in, changed or taken out in between",
    )
    told = {"holds": True, "heads": count, "size": last.size, "root": last.root.hex()}
    return _told(said, language, told, arguments)


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
        line(f"{'✓' if holds else '✗'} {said.in_(language)}")
    return 0 if holds else 1


def heads_in(path: Path) -> list[tuple[int, bytes]]:
    """Return the heads in a file of JSON lines, with the numbers of their lines. Raises `UnreadableFileError`."""
    found = []
    for number, text in enumerate(given.read(path, HEADS_BYTES).splitlines(), 1):
        try:
            found.append((number, bytes.fromhex(json.loads(text)["head"])))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UnreadableFileError(path, f"{number}: {error}") from error
    return found


def _check_root(path: Path, der: bytes) -> None:
    try:
        if Certificate.parse(der).role == "root":
            return
    except ProtocolError as error:
        raise UnreadableFileError(path, error.detail) from error
    raise UnreadableFileError(path, "not a root certificate")


def _write_page(path: Path, found: Examined, data: bytes) -> None:
    from zhendao.verifier.bundle.page import draw  # noqa: PLC0415 - brings an imaging library

    try:
        path.write_bytes(draw(found, data))
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from error


def _china(ms: int) -> str:
    zone = timezone(timedelta(hours=8), "UTC+8")
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M} UTC+8"
