"""Terminals join: a request becomes certificates and a signed answer; and who has joined is listed.

What is kept of each under ``terminals/DEVICE``: request, answer, both certificates. Names of homes and elders are not
among it: they belong to the gateway's registry.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from zhendao.protocol.enrolment import (
    ANSWER_BYTES,
    REQUEST_BYTES,
    Answer,
    KeyStore,
    Request,
    code_of_request,
    open_answer,
    open_request,
    sign_answer,
)
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.invitation import INVITED_BYTES, split_invited, vouch
from zhendao.protocol.wording import Text
from zhendao.provisioning.answers import make_answer
from zhendao.provisioning.authority import Authority, certificate_pem
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.errors import ApprovalError
from zhendao.provisioning.folders import SECRET, new_folder, read_file, write_file
from zhendao.provisioning.invitations import Home, admit, use
from zhendao.provisioning.rotation import ANSWER_FILE, REQUEST_FILE, RETIRED_FILE

BINDING_FILE: Final = "binding.json"
_MOST_JSON: Final = 4096


@dataclass(frozen=True)
class Approved:
    """An answer and its bytes; ``again`` if the same request had been answered before.

    ``data`` is for the terminal: where it was invited, the code vouches for the answer. ``elder``: see `Home`.
    """

    answer: Answer
    data: bytes
    code: str
    again: bool
    elder: str | None = None


@dataclass(frozen=True)
class Terminal:
    """One line of the list. ``state``: active, or why it works no longer."""

    device: str
    duty: Duty
    keystore: KeyStore
    approved_ms: int
    not_after_s: int
    state: str = "active"
    elder: str | None = None


def approve(authority: Authority, request_file: Path, duty: Duty | None, code: str | None, now_s: int) -> Approved:
    """Grant a request in a file; see `grant`."""
    data = read_file(request_file, INVITED_BYTES)
    return grant(authority, data, None if duty is None else Home(duty), code, now_s, str(request_file))


def grant(
    authority: Authority, data: bytes, home: Home | None, code: str | None, now_s: int, name: str = "the request"
) -> Approved:
    """Grant a request: certify its keys, sign the answer, keep both; the same request again gets the same answer.

    ``home`` None: as the invitation says whose one-time code the request proves; then no person has to compare codes.

    Raises:
        ApprovalError: the request is no request, of another suite, not the one with ``code``, or another key asks
            under the name of a terminal that has joined; or there is neither a home nor a good one-time code.
    """
    request_bytes, request, proof = _read_request(data, name)
    device = request.device.hex()
    found = code_of_request(request_bytes, request.suite)
    if code is not None and code != found:
        raise ApprovalError(
            Text(f"请求码是 {found}，不是 {code}", f"the request's code is {found}, not {code}"),
            Text(
                "请与终端上显示的请求码核对，可能文件被调换",
                "compare with the terminal: the file may have been swapped",
            ),
        )
    if request.suite is not authority.suite:
        raise ApprovalError(
            Text(
                f"请求用的是 {request.suite.name} 套件，机构用的是 {authority.suite.name}",
                f"the request is of suite {request.suite.name}, the authority of {authority.suite.name}",
            )
        )
    invited = None
    if proof is not None and home is None:
        invited = admit(authority, proof, request, request_bytes, now_s)
        home = invited.home
    if home is None:
        raise ApprovalError(
            Text("请求没有邀请码", "the request carries no one-time code"),
            Text(
                "请给出 --placement 与 --mounting，并核对请求码",
                "give --placement and --mounting, and compare the code",
            ),
        )
    approved = _answered(authority, request, request_bytes, home, found, now_s)
    if invited is None:
        return approved
    use(authority, invited, device)
    return replace(approved, data=vouch(request.suite, invited.key, request_bytes, approved.data))


def _answered(authority: Authority, request: Request, data: bytes, home: Home, found: str, now_s: int) -> Approved:
    duty = home.duty
    folder = authority.folder / "terminals" / request.device.hex()
    if folder.exists():
        return replace(_again(folder, data, found, duty), elder=home.elder)
    answer = make_answer(authority, request, data, duty, now_s)
    signed = sign_answer(answer, authority.issuing_key())
    with new_folder(folder) as made:
        write_file(made / REQUEST_FILE, data)
        write_file(made / ANSWER_FILE, signed)
        write_file(made / "terminal.crt", certificate_pem(answer.certificate.der))
        write_file(made / "tls.crt", certificate_pem(answer.tls_certificate))
        write_file(made / BINDING_FILE, json.dumps({"elder": home.elder}).encode(), SECRET)
    authority.note(
        "terminal approve",
        now_s,
        device=request.device.hex(),
        code=found,
        certificate=answer.certificate.id.hex(),
        placement=duty.placement.name.lower(),
        mounting=duty.mounting.name.lower(),
        door=None if duty.door is None else duty.door.hex(),
        elder=home.elder,
        keystore=request.keystore.name.lower(),
    )
    return Approved(answer, signed, found, again=False, elder=home.elder)


def list_terminals(authority: Authority) -> Sequence[Terminal]:
    """Return all terminals that have joined, in order of device id.

    Raises:
        ApprovalError: what is kept of one is damaged.
    """
    return [_listed(folder) for folder in authority.terminals()]


def _read_request(data: bytes, name: str) -> tuple[bytes, Request, tuple[str, bytes] | None]:
    try:
        request, invitation, mac = split_invited(data)
        return request, open_request(request), None if invitation is None else (invitation, mac)
    except ProtocolError as error:
        raise ApprovalError(
            Text(f"{name} 不是有效的终端请求：{error.detail}", f"{name} is no good request: {error.detail}"),
            Text("请在终端上重新运行 zhendao-device enrol", "make one with zhendao-device enrol on the terminal"),
        ) from error


def _again(folder: Path, data: bytes, code: str, duty: Duty) -> Approved:
    """Return the answer that was given before, if this is the same request for the same duty."""
    kept = read_file(folder / ANSWER_FILE, ANSWER_BYTES)
    answer = open_answer(kept)
    if read_file(folder / REQUEST_FILE, REQUEST_BYTES) != data or Duty.of(answer) != duty:
        raise ApprovalError(
            Text(
                f"终端 {folder.name} 已批准过，且请求或用途不同",
                f"terminal {folder.name} has been approved before, with another key or for another duty",
            ),
            Text(
                "请换一个空的 data_dir 重新申请，以得到新的设备号",
                "let the terminal ask afresh with a new, empty data_dir: it takes a new device id",
            ),
        )
    return Approved(answer, kept, code, again=True)


def _listed(folder: Path) -> Terminal:
    try:
        answer = open_answer(read_file(folder / ANSWER_FILE, ANSWER_BYTES))
        request = open_request(read_file(folder / REQUEST_FILE, REQUEST_BYTES))
    except ProtocolError as error:
        raise ApprovalError(Text(f"{folder} 已损坏：{error.detail}", f"{folder} is damaged: {error.detail}")) from error
    state = kept_words(folder / RETIRED_FILE).get("reason", "active")
    elder = kept_words(folder / BINDING_FILE).get("elder")
    not_after_s = answer.certificate.not_after_s
    return Terminal(folder.name, Duty.of(answer), request.keystore, answer.made_ms, not_after_s, state, elder)


def kept_words(path: Path) -> dict[str, Any]:
    """Return what a small file of a terminal's folder says; nothing where it is not there."""
    if not path.exists():
        return {}
    try:
        found = json.loads(read_file(path, _MOST_JSON))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
