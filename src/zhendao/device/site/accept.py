"""`zhendao-device accept`: the terminal signs the certificate of its own acceptance, and no other.

It signs what it knows to be its own: its device id, its survey and its self-test. Who belongs to the place is the
engineer's word, which the authority countersigns.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line
from zhendao.device import config
from zhendao.device.identity.enrolled import load
from zhendao.device.site import paper
from zhendao.device.site.paper import PaperError
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.statement import of_json
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse

    from zhendao.device.identity.values import Identity
    from zhendao.protocol.statement import Kind, Statement

_INSIDE: dict[str, Kind] = {"survey": "survey", "self_test": "self-test"}


def accept(arguments: argparse.Namespace, language: Language) -> int:
    """Check the draft, sign it, write it."""
    who = load(config.read(Path(arguments.config)).terminal.data_dir / "identity")
    draft = paper.read_draft(arguments.draft)
    _check(draft, who)
    signed = paper.state(who, "acceptance", draft.facts)
    paper.write(arguments.out, signed)
    if arguments.json:
        emit_json({"device": who.device.hex(), "check_value": signed.check_value(), "out": str(arguments.out)})
        return 0
    line(
        Text(
            f"已签名 {arguments.out}，校验值 {signed.check_value()}",
            f"signed: {arguments.out}, check value {signed.check_value()}",
        ).in_(language)
    )
    return 0


def _check(draft: Statement, who: Identity) -> None:
    """Raise `PaperError` unless the draft is about this terminal and carries its own records."""
    if draft.facts.get("device") != who.device.hex() or draft.facts.get("tenant") != who.tenant:
        raise PaperError(
            Text("这份证书是另一台终端的", "this certificate is of another terminal"),
            Text("请核对文件", "check that it is the right file"),
        )
    for name, kind in _INSIDE.items():
        try:
            inside = of_json(draft.facts.get(name), kind)
        except ProtocolError as error:
            raise PaperError(
                Text(f"其中的 {kind} 不成立：{error.detail}", f"the {kind} inside does not hold: {error.detail}")
            ) from error
        signature = inside.signature("terminal")
        if signature is None or signature.certificate.spki != who.key.spki:
            raise PaperError(
                Text(f"其中的 {kind} 不是本终端签的", f"the {kind} inside was not signed by this terminal")
            )
