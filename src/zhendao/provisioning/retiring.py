"""A terminal that works no longer: retired with its own last word, swapped for another, or lost to a thief.

Its certificates are revoked from one moment on, all of them, those of earlier answers too; what it signed before stays
evidence. A swap gives the new box the duty of the old one; the home's history follows in the gateway's registry.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.retirement import Retirement, open_retirement
from zhendao.protocol.revocation import Reason, RevocationList
from zhendao.protocol.wording import Text
from zhendao.provisioning.authority import OLD, Authority, read_certificate
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.errors import ApprovalError
from zhendao.provisioning.folders import write_file
from zhendao.provisioning.invitations import Home
from zhendao.provisioning.revoking import revoke_all
from zhendao.provisioning.rotation import RETIRED_FILE, kept_answer
from zhendao.provisioning.terminals import BINDING_FILE, Approved, grant, kept_words

STATEMENT_FILE: Final = "retirement.cbor"


@dataclass(frozen=True)
class Retired:
    """What was done: ``statement`` is the terminal's own last word, if it gave one."""

    device: str
    since_s: int
    revoked: RevocationList
    statement: Retirement | None


def retire(
    authority: Authority, device: str, since_s: int, reason: Reason, now_s: int, statement: bytes | None = None
) -> Retired:
    """Believe a terminal no longer from ``since_s`` on; done again it changes nothing but to add a statement.

    Raises:
        ApprovalError: there is no such terminal, or the statement is not its own.
    """
    folder = _folder(authority, device)
    word = None if statement is None else _own_word(folder, statement)
    certificates = all_certificates(folder)
    revoked = revoke_all(authority, certificates, since_s, reason, now_s)
    if statement is not None:
        write_file(folder / STATEMENT_FILE, statement)
    entry = revoked.find(certificates[0].id)
    since_s = since_s if entry is None else entry.since_s
    write_file(folder / RETIRED_FILE, json.dumps({"since": since_s, "reason": reason.name.lower()}).encode())
    authority.note("terminal retire", now_s, device=device, since=since_s, proved=word is not None)
    return Retired(device, since_s, revoked, word)


def swap(authority: Authority, old: str, request: bytes, code: str | None, now_s: int) -> tuple[Approved, Retired]:
    """Grant ``request`` the duty and the home of terminal ``old``, and believe ``old`` no longer from now on.

    The new one is approved first: cut short between the two, the same again ends it.

    Raises:
        ApprovalError: there is no such terminal, or what `grant` raises.
    """
    folder = _folder(authority, old)
    home = Home(Duty.of(kept_answer(folder)), kept_words(folder / BINDING_FILE).get("elder"))
    approved = grant(authority, request, home, code, now_s)
    if approved.answer.device.hex() == old:
        raise ApprovalError(
            Text("新请求来自同一台终端", "the request is the same terminal's"),
            Text("请在新终端上运行 zhendao-device enrol", "run zhendao-device enrol on the new terminal"),
        )
    done = retire(authority, old, now_s, Reason.REPLACED, now_s)
    authority.note("terminal swap", now_s, old=old, device=approved.answer.device.hex())
    return approved, done


def all_certificates(folder: Path) -> list[Certificate]:
    """Return every certificate that the terminal of ``folder`` ever had, the present one first."""
    old = [path for path in sorted((folder / OLD).glob("*.crt")) if not path.name.endswith(".tls.crt")]
    return [read_certificate(folder, path) for path in (folder / "terminal.crt", *old)]


def _folder(authority: Authority, device: str) -> Path:
    found = [one for one in authority.terminals() if one.name == device.lower()]
    if not found:
        raise ApprovalError(
            Text(f"没有终端 {device}", f"there is no terminal {device}"), Text("请看 terminal ls", "see terminal ls")
        )
    return found[0]


def _own_word(folder: Path, statement: bytes) -> Retirement:
    answer = kept_answer(folder)
    try:
        word = open_retirement(statement, answer.certificate.spki)
    except ProtocolError as error:
        raise ApprovalError(
            Text(f"不是该终端的注销声明：{error.detail}", f"not that terminal's own statement: {error.detail}")
        ) from error
    if word.device != answer.device:
        raise ApprovalError(Text("声明属于另一台终端", "the statement is another terminal's"))
    return word
