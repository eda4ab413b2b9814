"""`zhendao-gateway access verify`: beside a running gateway or without one; exit code 1 where something is wrong."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Final

from zhendao.command.output import emit_json, line
from zhendao.gateway.accesses.chain import Checked, Problem
from zhendao.gateway.accesses.verifying import verify
from zhendao.gateway.config import read_config
from zhendao.gateway.evidence.anchored import heads_in_hand
from zhendao.gateway.evidence.log import Log
from zhendao.gateway.keyring import load_keyring
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

_SAID: Final = {
    "altered": Text("第 {row} 行被改动", "row {row} was altered"),
    "missing": Text("第 {row} 行起缺行", "rows are missing from row {row} on"),
    "unchained": Text("第 {row} 行没有入链", "row {row} is not in the chain"),
    "rewritten": Text(
        "第 {since} 行之后至第 {row} 行与已签署的链头不符：这一段被整体改写",
        "what follows row {since}, up to row {row}, is not what was signed: it was rewritten as a whole",
    ),
    "cut-off": Text(
        "已签署到第 {row} 行，而日志止于第 {since} 行：尾部被截去",
        "signed up to row {row}, and the log ends at row {since}: its end was cut off",
    ),
    "log": Text(
        "网关日志中的链头与此处不符：第 {row} 行之后可能被截去或改写",
        "the gateway's log holds other heads than there are here: what follows row {row} may have been cut off or "
        "rewritten",
    ),
    "signature": Text("第 {row} 行处的链头签名不成立", "the signature of the head at row {row} does not hold"),
}


def verify_command(arguments: argparse.Namespace, language: Language) -> int:
    """Check the log of accesses."""
    config = read_config(Path(arguments.config))
    keyring = load_keyring(config.keys)
    with opened(config) as (store, key), store.reading() as connection:
        found = heads_in_hand(connection, keyring, config.data_dir, arguments.heads)
        checked = verify(connection, keyring, config.keys, Log(keyring.certificate.suite, key), found)
    if arguments.json:
        emit_json(asdict(checked) | {"holds": not checked.problems})
    else:
        for text in told(checked):
            line(text.in_(language))
    return 1 if checked.problems else 0


def told(checked: Checked) -> list[Text]:
    """Return what a check came to, for people."""
    if checked.problems:
        return [_of(one) for one in checked.problems]
    if checked.rows == 0:
        return [Text("查阅记录是空的", "the log of accesses is empty")]
    span = (checked.rows, checked.first, checked.last)
    lines = [Text("✓ {} 行（{}—{}）首尾相连".format(*span), "✓ {} rows ({} to {}), each linked".format(*span))]
    rest = checked.last - max(checked.held, checked.first - 1)
    held = Text(f"到第 {checked.held} 行由已签署的链头固定", f"up to row {checked.held} signed heads hold them")
    after = Text(f"其后 {rest} 行尚未签署", f"{rest} after it are not signed yet")
    return [*lines, held if rest == 0 else Text(f"{held.zh}；{after.zh}", f"{held.en}; {after.en}")]


def _of(problem: Problem) -> Text:
    said, values = _SAID[problem.fault], {"row": problem.row, "since": problem.since}
    return Text("✗ " + said.zh.format(**values), "✗ " + said.en.format(**values))
